/** Two short tones, so that who does not look at the screen knows that something important began. */
export function chime(): void {
  const context = new AudioContext();
  for (const [at, pitch] of [
    [0, 660],
    [0.18, 880],
  ] as const) {
    const tone = new OscillatorNode(context, { frequency: pitch });
    const loudness = new GainNode(context, { gain: 0.08 });
    tone.connect(loudness).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.15);
    if (at > 0) tone.addEventListener("ended", () => void context.close());
  }
}
