import { moment, t } from "../../i18n";
import type { Recording } from "../../protocol";
import { lasting } from "../../state";

/** What is to be said of a recording that a fault cut off, or of the one in which it goes on; and the other of the two. */
export interface Joint {
  readonly text: string;
  readonly other: Recording | undefined;
}

export function joints({ recording, continues, gap_s }: Recording, all: readonly Recording[]): Joint[] {
  const texts = t().act;
  const said: Joint[] = [];
  if (continues) {
    const other = all.find(({ recording }) => recording === continues);
    const text = texts.continues(other ? moment(other.started_at) : "", gap_s === null ? "" : lasting(gap_s));
    said.push({ text, other });
  }
  const other = all.find(other => other.continues === recording);
  if (other) said.push({ text: texts.continuedBy(moment(other.started_at)), other });
  return said;
}

export function playerOf(act: string, recording: string): string {
  return `/acts/${act}/recordings/${recording}`;
}
