/** A page that could not run for a while knows nothing of that time; no reading counts for more (ms) than this. */
const LONGEST_STEP_MS = 600;

/** So many readings (half a second each) in which something arrived make a connection one that is expected to go on. */
const ALIVE_AFTER = 2;

/** So many in a row, and it is missed after two without. */
const STEADY_AFTER = 4;
const STEADY_SILENCE_MS = 900;

/** What was helped is given this long (ms) before it is helped again: negotiating takes two round trips. */
const AGAIN_AFTER_MS = 4_000;

/**
 * Notices that nothing arrives over a connection any more, seconds before the browser says so: by readings of how many
 * bytes it has received in all.
 */
export class Pulse {
  private bytes = 0;
  private at = 0;
  private silence = 0;
  private beats = 0; // readings in which something arrived, since it was helped
  private row = 0; // of them, without one in between in which nothing did
  private patience = Number.POSITIVE_INFINITY;

  /** `limit`: ms of silence that mean nothing where little is sent. */
  constructor(
    private readonly limit: number,
    private readonly stopped: () => void,
  ) {}

  /** A reading at `now` (ms); `expected`: something should arrive at the moment. */
  take(bytes: number, now: number, expected: boolean): void {
    const step = Math.min(now - this.at, LONGEST_STEP_MS);
    const arrived = bytes !== this.bytes;
    this.bytes = bytes;
    this.at = now;
    if (arrived) return this.beat();
    this.silence = expected ? this.silence + step : 0;
    if (this.silence < this.patience) return;
    [this.silence, this.beats, this.row, this.patience] = [0, 0, 0, AGAIN_AFTER_MS];
    this.stopped();
  }

  private beat(): void {
    this.beats += 1;
    this.row = this.silence === 0 ? this.row + 1 : 1;
    this.silence = 0;
    if (this.beats >= ALIVE_AFTER) this.patience = this.row >= STEADY_AFTER ? STEADY_SILENCE_MS : this.limit;
  }
}

type PairStats = { readonly type: string; readonly bytesReceived?: number };

/** How much has arrived over a connection in all, media and reports, by every way it has used. */
export function bytesReceived(stats: Iterable<PairStats>): number {
  let bytes = 0;
  for (const entry of stats) if (entry.type === "candidate-pair") bytes += entry.bytesReceived ?? 0;
  return bytes;
}
