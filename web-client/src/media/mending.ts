/** A connection that says `disconnected` mostly comes back by itself; after this long (ms) it is helped. */
const PATIENCE_MS = 2_000;

/** Watches one peer connection and calls `help` when it broke, or when it has been broken for a while. */
export class Mending {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly help: () => void,
    private readonly patience = PATIENCE_MS,
  ) {}

  observe(state: RTCPeerConnectionState): void {
    clearTimeout(this.timer);
    if (state === "failed") this.help();
    if (state === "disconnected") this.timer = setTimeout(this.help, this.patience);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
