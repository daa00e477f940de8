import type { ReceivedState } from "../protocol";
import type { Quality } from "./quality";
import type { RemoteTrack } from "./sources";

const EVERY_MS = 2_000;
const MOST = 32; // what the server reads
const LONGEST_MS = 60_000;

type Tell = (roundTrip: number | null, received: ReceivedState[]) => void;

/** Sums up what is measured twice a second, and tells it every two: how each picture and sound arrives here. */
export class LineReport {
  private frozen = new Map<string, number>();
  private toldAt: number | null = null;

  constructor(private readonly tell: Tell) {}

  take({ tracks, roundTrip }: Quality, remote: readonly RemoteTrack[], now: number): void {
    for (const [id, { frozenMs }] of tracks) this.frozen.set(id, (this.frozen.get(id) ?? 0) + frozenMs);
    this.toldAt ??= now;
    if (now - this.toldAt < EVERY_MS || remote.length === 0) return;
    const received = remote.slice(0, MOST).flatMap(({ seat, source, track }) => {
      const figures = tracks.get(track.id);
      if (!figures) return [];
      const { fps, delay, loss } = figures;
      const frozen_ms = bounded(this.frozen.get(track.id) ?? 0);
      return [
        {
          seat,
          source,
          fps: Math.min(fps, 240),
          frozen_ms,
          delay_ms: delay === null ? null : bounded(delay),
          lost: loss,
        },
      ];
    });
    this.toldAt = now;
    this.frozen.clear();
    this.tell(roundTrip === null ? null : bounded(roundTrip), received);
  }

  startOver(): void {
    this.toldAt = null;
    this.frozen.clear();
  }
}

const bounded = (ms: number) => Math.min(LONGEST_MS, Math.round(ms));
