/** The end of a connection, for whoever waits for it: a closed one settles none of its promises (webrtc-pc §4.4.1.2). */
export class Ending {
  private end!: (reason: Error) => void;
  private readonly ended = new Promise<never>((_, reject) => {
    this.end = reject;
  });

  constructor() {
    this.ended.catch(() => undefined); // mostly nobody waits
  }

  come(): void {
    this.end(new Error("the connection was closed"));
  }

  /** A step of the connection; rejected when the end comes first. */
  of<T>(step: Promise<T>): Promise<T> {
    return Promise.race([step, this.ended]);
  }
}
