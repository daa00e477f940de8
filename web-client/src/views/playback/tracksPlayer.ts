import { correction, type PlayerTrack, positionIn } from "../../state";

interface Playing {
  readonly element: HTMLMediaElement;
  readonly track: PlayerTrack;
}

const TICK_MS = 100;

/** Plays several media elements as one: a common clock runs, and each element is held to its place on it. */
export class TracksPlayer {
  private readonly all: Playing[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;
  private position = 0;
  private at = 0; // of performance.now, when `position` was true

  constructor(
    private readonly length: number,
    private readonly told: (position: number, playing: boolean) => void,
  ) {}

  add(element: HTMLMediaElement, track: PlayerTrack): void {
    this.all.push({ element, track });
    this.hold({ element, track }, false);
  }

  play(): void {
    if (this.position >= this.length) this.position = 0;
    this.at = performance.now();
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  pause(): void {
    this.tick();
    clearInterval(this.timer);
    this.timer = undefined;
    for (const { element } of this.all) element.pause();
    this.told(this.position, false);
  }

  seek(position: number): void {
    this.position = Math.min(this.length, Math.max(0, position));
    this.at = performance.now();
    const playing = this.timer !== undefined;
    for (const each of this.all) this.hold(each, playing);
    this.told(this.position, playing);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    if (!this.waiting()) this.position = Math.min(this.length, this.position + (now - this.at) / 1000);
    this.at = now;
    const playing = this.timer !== undefined;
    for (const each of this.all) this.hold(each, playing);
    this.told(this.position, playing);
    if (playing && this.position >= this.length) this.pause();
  }

  /** Nobody runs ahead of a track whose bytes are still coming. */
  private waiting(): boolean {
    return this.all.some(
      ({ element, track }) =>
        positionIn(track, this.position) !== null &&
        !element.ended &&
        element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA &&
        !element.error,
    );
  }

  private hold({ element, track }: Playing, playing: boolean): void {
    const wanted = positionIn(track, this.position);
    if (wanted === null || element.ended) {
      element.pause();
      if (wanted === null) return;
    }
    const jump = correction(wanted, element.currentTime);
    if (jump !== null) element.currentTime = jump;
    if (playing && element.paused && !element.ended) void element.play().catch(() => undefined); // begins once bytes are there
  }
}
