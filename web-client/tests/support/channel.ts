import type { AnyCommand, AnyEvent, Channel, ChannelListener } from "../../src/protocol";

/** The server's end of a line, in memory: what the client sent is read here, what the server says is said here. */
export class MemoryChannel implements Channel {
  readonly sent: AnyCommand[] = [];
  closed = false;
  private listener: ChannelListener | null = null;
  private number = 0;

  open(listener: ChannelListener): void {
    this.listener = listener;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as AnyCommand);
  }

  hurry(): void {
    this.up();
  }

  renew(): void {
    this.down();
    this.up();
  }

  close(): void {
    this.closed = true;
  }

  up(): void {
    this.listener?.up();
  }

  down(): void {
    this.listener?.down();
  }

  /** An event with the next number of the session. */
  tell(event: AnyEvent): number {
    this.number += 1;
    this.tellAs(this.number, event);
    return this.number;
  }

  tellAs(n: number, event: AnyEvent): void {
    this.listener?.text(JSON.stringify({ n, event }));
  }

  /** The last command, which must be of this type. */
  last<T extends AnyCommand["type"]>(type: T): Extract<AnyCommand, { type: T }> {
    const command = this.sent.at(-1);
    if (command?.type !== type) throw new Error(`expected ${type}, got ${command?.type}`);
    return command as Extract<AnyCommand, { type: T }>;
  }
}

/** Lets promises that are settled already run their course. */
export const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));
