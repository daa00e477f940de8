import { type RemoteTrack, slotOf } from "../media";
import type { SeatState, Source } from "../protocol";

export type Layout = "stage" | "grid" | "side";

/** One picture, or the place where one would be. */
export interface Tile {
  readonly seat: SeatState;
  readonly source: Extract<Source, "camera" | "detail" | "screen">;
  /** A device beside the person's main one; else empty. */
  readonly device: string;
  readonly track: MediaStreamTrack | null;
  readonly own: boolean;
}

export interface Arrangement {
  readonly large: readonly Tile[];
  readonly small: readonly Tile[];
}

const PICTURES = ["screen", "camera", "detail"] as const;

/** Every picture of every person inside; who sends none keeps one tile with her name. */
export function tilesOf(
  seats: readonly SeatState[],
  own: string,
  remote: readonly RemoteTrack[],
  local: ReadonlyMap<Source, MediaStreamTrack>,
): Tile[] {
  return seats.flatMap(seat => {
    const mine = seat.seat === own;
    const arrived = remote.filter(track => track.seat === seat.seat);
    const tiles = PICTURES.flatMap(source => {
      const track = mine && source !== "screen" ? local.get(source) : undefined;
      const theirs = arrived.filter(track => track.source === source);
      return [
        ...(track ? [{ seat, source, device: "", track, own: true }] : []),
        ...theirs.map(({ device, track }) => ({ seat, source, device, track, own: false })),
      ];
    });
    return tiles.some(({ source }) => source !== "screen")
      ? tiles
      : [...tiles, { seat, source: "camera" as const, device: "", track: null, own: mine }];
  });
}

/**
 * Who is large: whoever is pinned; else a shared screen, the patient with all her views, whoever has the floor or,
 * failing all that, the first other person; alone, one sees oneself.
 */
export function arrange(
  tiles: readonly Tile[],
  layout: Layout,
  subject: string | null,
  pinned: string | null,
  floor: string | null = null,
): Arrangement {
  if (layout === "grid" || tiles.length === 0) return { large: tiles, small: [] };
  const large = layout === "side" ? sideBySide(tiles, subject) : leading(tiles, subject, pinned, floor);
  return { large, small: tiles.filter(tile => !large.includes(tile)) };
}

export const tileKey = ({ seat: { seat }, source, device }: Tile): string => slotOf({ seat, source, device });

function leading(
  tiles: readonly Tile[],
  subject: string | null,
  pinned: string | null,
  floor: string | null,
): readonly Tile[] {
  const chosen = tiles.filter(tile => tileKey(tile) === pinned);
  if (chosen.length > 0) return chosen;
  const screens = tiles.filter(({ source, own }) => source === "screen" && !own);
  if (screens.length > 0) return screens.slice(0, 1);
  const theirs = tiles.filter(({ own }) => !own);
  const patient = theirs.filter(({ seat }) => seat.seat === subject);
  const detailed = theirs.find(({ source }) => source === "detail")?.seat.seat; // two views of one scene belong together
  const speaker = theirs.find(({ seat }) => seat.seat === floor)?.seat.seat;
  const first = detailed ?? speaker ?? theirs[0]?.seat.seat;
  const views = patient.length > 0 ? patient : theirs.filter(({ seat }) => seat.seat === first);
  return views.length > 0 ? views.slice(0, 2) : tiles.slice(0, 1);
}

/** The patient first, whoever came first. */
function sideBySide(tiles: readonly Tile[], subject: string | null): readonly Tile[] {
  const others = tiles.filter(({ own }) => !own);
  const isPatient = ({ seat }: Tile) => seat.seat === subject;
  const theirs = [...others.filter(isPatient), ...others.filter(tile => !isPatient(tile))];
  return theirs.length >= 2 ? theirs.slice(0, 2) : tiles.slice(0, 2);
}
