import { type RemoteTrack, slotOf } from "./sources";

/**
 * One track of each source of each person. Two come for a moment when somebody changes her device: the first one stays
 * until it ends.
 */
export function oneOfEach(tracks: readonly RemoteTrack[]): RemoteTrack[] {
  const first = new Map<string, RemoteTrack>();
  for (const track of tracks) if (!first.has(slotOf(track))) first.set(slotOf(track), track);
  return [...first.values()];
}

/**
 * What to show while the room moves from the direct connection to the relay: of each source the direct track, until the
 * relayed one has media; so neither picture nor sound pauses. A direct track without a relayed twin stays as well.
 */
export function shownDuringPromotion(
  direct: readonly RemoteTrack[],
  relayed: readonly RemoteTrack[],
  flowing: ReadonlySet<MediaStreamTrack>,
): RemoteTrack[] {
  const ready = new Set(relayed.filter(({ track }) => flowing.has(track)).map(slotOf));
  const kept = direct.filter(track => !ready.has(slotOf(track)));
  const keptKeys = new Set(kept.map(slotOf));
  return [...kept, ...relayed.filter(track => !keptKeys.has(slotOf(track)))];
}

/** Whether every direct track has been followed by its relayed twin. */
export function promotionComplete(
  direct: readonly RemoteTrack[],
  relayed: readonly RemoteTrack[],
  flowing: ReadonlySet<MediaStreamTrack>,
): boolean {
  const ready = new Set(relayed.filter(({ track }) => flowing.has(track)).map(slotOf));
  return direct.every(track => ready.has(slotOf(track)));
}

type Inbound = {
  type: string;
  trackIdentifier?: string;
  framesDecoded?: number;
  kind?: string;
  packetsReceived?: number;
};

/** 100 ms of Opus: enough for the jitter buffer to begin to play. */
const FIRST_SOUND_PACKETS = 5;

/** The tracks of which something was decoded already. */
export function flowingTracks(stats: Iterable<Inbound>, tracks: readonly RemoteTrack[]): Set<MediaStreamTrack> {
  const ids = new Set<string>();
  for (const stat of stats) {
    if (stat.type !== "inbound-rtp" || stat.trackIdentifier === undefined) continue;
    const begun =
      stat.kind === "video" ? (stat.framesDecoded ?? 0) > 0 : (stat.packetsReceived ?? 0) >= FIRST_SOUND_PACKETS;
    if (begun) ids.add(stat.trackIdentifier);
  }
  return new Set(tracks.filter(({ track }) => ids.has(track.id)).map(({ track }) => track));
}
