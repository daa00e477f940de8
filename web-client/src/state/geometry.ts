import type { Arrangement, Layout } from "./stage";

/** Where a tile lies on the stage, in CSS pixels. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const GAP = 8;
const PICTURE = 16 / 9;
const NARROW = 640; // below this a phone held upright: one picture over the other
const STRIP_SHARE = 0.18;
const STRIP = { least: 92, most: 136 };
const SELF_ON_PHONE: Size = { width: 92, height: 128 };
const WIDER_VIEW = 0.62; // of two large pictures the first, the whole scene, takes more than the detail

export const isNarrow = ({ width }: Size): boolean => width < NARROW;

/** The rectangles of the large and the small tiles, in their order. */
export function place(arrangement: Arrangement, layout: Layout, stage: Size): { large: Rect[]; small: Rect[] } {
  const { large, small } = arrangement;
  if (layout === "grid") return { large: grid(large.length, { left: 0, top: 0, ...stage }), small: [] };
  if (isNarrow(stage)) return phone(arrangement, stage);
  const strip = small.length > 0 ? Math.min(STRIP.most, Math.max(STRIP.least, stage.height * STRIP_SHARE)) : 0;
  const upper = { left: 0, top: 0, width: stage.width, height: stage.height - (strip > 0 ? strip + GAP : 0) };
  const lower = { left: 0, top: stage.height - strip, width: stage.width, height: strip };
  return { large: row(upper, sharesOf(large.length, layout)), small: stripOf(small.length, lower) };
}

/** As many columns as make the pictures largest. */
export function grid(count: number, area: Rect): Rect[] {
  if (count === 0) return [];
  const columns = best(count, area);
  const rows = Math.ceil(count / columns);
  const width = (area.width - GAP * (columns - 1)) / columns;
  const height = (area.height - GAP * (rows - 1)) / rows;
  return Array.from({ length: count }, (_, index) => ({
    left: area.left + (index % columns) * (width + GAP),
    top: area.top + Math.floor(index / columns) * (height + GAP),
    width,
    height,
  }));
}

function best(count: number, area: Rect): number {
  const size = (columns: number) =>
    Math.min(area.width / columns, (area.height / Math.ceil(count / columns)) * PICTURE);
  const candidates = Array.from({ length: count }, (_, index) => index + 1);
  return candidates.reduce((found, columns) => (size(columns) > size(found) ? columns : found), 1);
}

function sharesOf(count: number, layout: Layout): number[] {
  if (count === 2 && layout === "stage") return [WIDER_VIEW, 1 - WIDER_VIEW];
  return Array.from({ length: count }, () => 1 / count);
}

function row(area: Rect, shares: readonly number[]): Rect[] {
  const width = area.width - GAP * (shares.length - 1);
  let left = area.left;
  return shares.map(share => {
    const rect = { left, top: area.top, width: width * share, height: area.height };
    left += rect.width + GAP;
    return rect;
  });
}

function stripOf(count: number, area: Rect): Rect[] {
  const width = Math.min(area.height * PICTURE, (area.width - GAP * (count - 1)) / Math.max(1, count));
  return Array.from({ length: count }, (_, index) => ({ ...area, left: area.left + index * (width + GAP), width }));
}

/** One picture over the other; oneself floats in the corner, whoever else is small stands in a row below. */
function phone({ large, small }: Arrangement, stage: Size): { large: Rect[]; small: Rect[] } {
  const rest = small.filter(({ own }) => !own).length;
  const strip = rest > 0 ? 84 : 0;
  const height = stage.height - (strip > 0 ? strip + GAP : 0);
  const each = (height - GAP * (large.length - 1)) / Math.max(1, large.length);
  const corner = { left: stage.width - SELF_ON_PHONE.width - GAP, top: GAP, ...SELF_ON_PHONE };
  const lower = stripOf(rest, { left: 0, top: stage.height - strip, width: stage.width, height: strip });
  let next = 0;
  return {
    large: large.map((_, index) => ({ left: 0, top: index * (each + GAP), width: stage.width, height: each })),
    small: small.map(({ own }) => (own ? corner : (lower[next++] ?? corner))),
  };
}
