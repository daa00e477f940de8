import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import {
  arrange,
  inside,
  isNarrow,
  others,
  place,
  type Size,
  subject,
  type Tile as TileModel,
  tileKey,
  tilesOf,
} from "../../state";
import { useClient } from "../context";
import { Tile } from "./Tile";
import "./stage.css";

/** All pictures, each at its place. They are siblings for ever: a picture that moves or grows never begins anew. */
export function Stage() {
  const { store } = useClient();
  const [size, measure] = useSize();
  const call = store.call.value;
  const seen = call.seats.length > 0 ? inside(call) : [];
  const local = new Map(
    [...store.local.value].flatMap(([source, { track }]) => (track ? [[source, track] as const] : [])),
  );
  const tiles = tilesOf(seen, call.seat, store.remote.value, local);
  const layout = store.layout.value;
  const arrangement = arrange(tiles, layout, subject(call), store.pinned.value, call.floor);
  const places = place(arrangement, layout, size);
  const small = new Map(arrangement.small.map((tile, index) => [tileKey(tile), places.small[index]]));
  const large = new Map(arrangement.large.map((tile, index) => [tileKey(tile), places.large[index]]));
  const fills = isNarrow(size) && layout !== "grid";
  const alone = seen.length > 0 && others(call).every(seat => !seen.includes(seat));
  const press = (tile: TileModel) => {
    const key = tileKey(tile);
    if (large.has(key) && store.pinned.value !== key && fills) store.whole.value = !store.whole.value;
    else store.pinned.value = store.pinned.value === key ? null : key;
  };
  return (
    <div class="stage" ref={measure} data-testid="stage" data-layout={layout}>
      {tiles.map(tile => {
        const key = tileKey(tile);
        const rect = large.get(key) ?? small.get(key);
        if (!rect) return null;
        const fit = !large.has(key) ? "small" : fills && !store.whole.value ? "filling" : "large";
        return <Tile key={key} tile={tile} rect={rect} fit={fit} press={() => press(tile)} />;
      })}
      {alone ? (
        <div class="alone" role="status">
          <strong>{t().call.alone}</strong>
          <span>{t().call.aloneNext}</span>
        </div>
      ) : null}
    </div>
  );
}

function useSize(): [Size, (element: HTMLElement | null) => void] {
  const [size, setSize] = useState<Size>({ width: 960, height: 540 });
  const observer = useRef<ResizeObserver | null>(null);
  const measure = useRef((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    const take = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    observer.current = new ResizeObserver(take);
    observer.current.observe(element);
    take();
  });
  useEffect(() => () => observer.current?.disconnect(), []);
  return [size, measure.current];
}
