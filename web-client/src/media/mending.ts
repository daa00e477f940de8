/** A connection that was helped and is still broken after this long (ms) is helped again. */
const PATIENCE_MS = 4_000;

/** Watches one peer connection: calls `help` when it breaks, and again (`again` true) as long as it stays broken. */
export class Mending {
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly help: (again: boolean) => void,
    private readonly patience = PATIENCE_MS,
  ) {}

  observe(state: RTCPeerConnectionState): void {
    if (state === "connected" || state === "closed") return this.stop();
    if ((state !== "disconnected" && state !== "failed") || this.timer !== undefined) return;
    this.timer = setInterval(() => this.help(true), this.patience);
    this.help(false);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
