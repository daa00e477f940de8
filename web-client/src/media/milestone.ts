/** Something that happens once, and that others wait for. */
export class Milestone {
  private reached!: () => void;
  private readonly passed = new Promise<void>(resolve => {
    this.reached = resolve;
  });

  reach(): void {
    this.reached();
  }

  /** Until it is reached, or for so long (ms). */
  within(patience: number): Promise<void> {
    return Promise.race([this.passed, new Promise<void>(done => setTimeout(done, patience))]);
  }
}
