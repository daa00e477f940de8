/** A line of text to the server and back that mends itself. `connection.ts` gives it meaning; tests give it a twin in memory. */
export interface Channel {
  open(listener: ChannelListener): void;
  send(text: string): void;
  /** Tries again at once: the network has just come back. */
  hurry(): void;
  /** Leaves a line that seems whole and carries nothing for another one. */
  renew(): void;
  close(): void;
}

export interface ChannelListener {
  up(): void;
  down(): void;
  text(message: string): void;
}
