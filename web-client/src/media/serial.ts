/** Runs one step of work at a time; what is asked for meanwhile is done once more afterwards, not once each. */
export class Serial {
  private running = false;
  private again = false;

  constructor(
    private readonly step: () => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  run(): void {
    this.again = true;
    if (!this.running) void this.loop();
  }

  private async loop(): Promise<void> {
    this.running = true;
    while (this.again) {
      this.again = false;
      try {
        await this.step();
      } catch (error) {
        this.failed(error);
      }
    }
    this.running = false;
  }
}
