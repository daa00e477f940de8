/** A track of a recording on the common time line, in seconds. */
export interface PlayerTrack {
  readonly offset: number;
  readonly duration: number;
}

/** Beyond this (s) a track is set right by a jump; below, nobody sees or hears it. */
const JUMP_BEYOND = 0.08;

export function lengthOf(tracks: readonly PlayerTrack[]): number {
  return tracks.reduce((length, { offset, duration }) => Math.max(length, offset + duration), 0);
}

/** Where a track must stand when the whole stands at `position`; null while it is silent and dark. */
export function positionIn(track: PlayerTrack, position: number): number | null {
  const at = position - track.offset;
  return at >= 0 && at < track.duration ? at : null;
}

/** The jump that brings a track back to its place, or null when it is near enough. */
export function correction(wanted: number, actual: number): number | null {
  return Math.abs(wanted - actual) > JUMP_BEYOND ? wanted : null;
}
