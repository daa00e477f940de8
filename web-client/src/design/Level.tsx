import "./level.css";

const BARS = 7;

/** Loudness as bars: how many are lit says it, not only their colour. */
export function Level({ level, label }: { level: number; label: string }) {
  const lit = Math.round(level * BARS);
  return (
    <span class="level" role="img" aria-label={`${label} ${lit}/${BARS}`}>
      {Array.from({ length: BARS }, (_, bar) => (
        <i key={bar} class={bar < lit ? "lit" : ""} />
      ))}
    </span>
  );
}
