import type { TrackFigures } from "../media";
import type { Grade, LineState } from "../protocol";

/** What can be said of the way on which a picture comes here. */
export interface LineWords {
  readonly grade: Grade;
  /** Per cent that is lost between its sender and the relay, and between there and here. */
  readonly lostThere: number;
  readonly lostHere: number;
  /** From lens to eye, about, in ms; null where something of it is not known. */
  readonly delay: number | null;
}

const ORDER: readonly Grade[] = ["good", "fair", "poor"];
const FAIR_LOSS = 2; // per cent, as the server judges
const POOR_LOSS = 8;

/** `line`: of the picture's sender; `figures`: of the picture here; `roundTrip`: of our own line. */
export function lineWords(
  line: LineState | undefined,
  figures: TrackFigures | null,
  roundTrip: number | null,
): LineWords | null {
  if (!line && !figures) return null;
  const here = figures ? gradeOf(figures) : "good";
  const there = line?.grade ?? "good";
  return {
    grade: ORDER.indexOf(here) > ORDER.indexOf(there) ? here : there,
    lostThere: Math.round(line?.lost_up ?? 0),
    lostHere: Math.round(lossHere(line, figures)),
    delay: delayOf(figures?.delay ?? null, line?.round_trip_ms ?? null, roundTrip),
  };
}

/** What was lost before it came to the relay is missed here, too. */
function lossHere(line: LineState | undefined, figures: TrackFigures | null): number {
  return Math.max(0, (figures?.loss ?? 0) - (line?.lost_up ?? 0));
}

function gradeOf({ loss, frozenSince }: TrackFigures): Grade {
  if (loss >= POOR_LOSS || frozenSince !== null) return "poor";
  return loss >= FAIR_LOSS ? "fair" : "good";
}

/** Half the way of each line, and the wait here. Capturing and encoding, some 30 ms more, nobody measures. */
function delayOf(wait: number | null, theirs: number | null, ours: number | null): number | null {
  return wait === null || theirs === null || ours === null ? null : Math.round(wait + (theirs + ours) / 2);
}
