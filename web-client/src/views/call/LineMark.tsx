import { useState } from "preact/hooks";
import { t } from "../../i18n";
import type { TrackFigures } from "../../media";
import { lineWords, type Tile as TileModel } from "../../state";
import { useClient } from "../context";
import "./lineMark.css";

/** Three bars for the line of a picture; pressed, or with the pointer over it, it says the same in words. */
export function LineMark({ tile, figures }: { tile: TileModel; figures: TrackFigures | null }) {
  const { store } = useClient();
  const [open, setOpen] = useState(false);
  const line = store.call.value.lines.get(tile.seat.seat);
  const words = lineWords(line, tile.own ? null : figures, store.quality.value.roundTrip);
  if (!words) return null;
  const texts = t().call;
  const told = [
    texts.line[words.grade],
    words.lostThere > 0 ? texts.lostThere(words.lostThere) : "",
    words.lostHere > 0 ? texts.lostHere(words.lostHere) : "",
    words.delay === null ? "" : texts.behind(words.delay),
  ];
  const text = told.filter(part => part !== "").join(" · ");
  return (
    <button
      type="button"
      class={`line-mark ${words.grade}`}
      data-testid="line"
      data-grade={words.grade}
      title={text}
      aria-label={text}
      aria-expanded={open}
      onClick={() => setOpen(!open)}
    >
      <span class="line-bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {open ? <span class="line-words">{text}</span> : null}
    </button>
  );
}
