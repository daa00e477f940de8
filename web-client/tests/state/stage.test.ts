import { describe, expect, test } from "vitest";
import type { RemoteTrack } from "../../src/media";
import type { SeatState, Source } from "../../src/protocol";
import { arrange, grid, place, type Rect, type Tile, tileKey, tilesOf } from "../../src/state";
import { seat } from "../support/room";

const track = (id: string) => ({ id }) as MediaStreamTrack;
const remote = (id: string, source: Source): RemoteTrack => ({
  seat: id,
  source,
  device: "",
  origin: id,
  track: track(`${id} ${source}`),
  via: "relay",
});
const own = new Map<Source, MediaStreamTrack>([["camera", track("own camera")]]);
const seats: SeatState[] = [seat("me"), seat("urg"), seat("patient", { role: "patient" })];
const keys = (tiles: readonly Tile[]) => tiles.map(tileKey);

describe("tiles", () => {
  test("everybody has a place, also without a picture", () => {
    const tiles = tilesOf(seats, "me", [remote("urg", "camera")], own);
    expect(keys(tiles)).toEqual(["me camera", "urg camera", "patient camera"]);
    expect(tiles.map(({ track: has }) => has !== null)).toEqual([true, true, false]);
  });

  test("one's own screen is not shown to oneself, for it would show itself", () => {
    const tiles = tilesOf(seats, "me", [], new Map([...own, ["screen", track("own screen")]]));
    expect(keys(tiles)).not.toContain("me screen");
  });

  test("who shares a screen without a camera keeps a tile with her name", () => {
    expect(keys(tilesOf(seats, "me", [remote("urg", "screen")], own))).toContain("urg camera");
  });
});

describe("who is large", () => {
  const everybody = tilesOf(
    seats,
    "me",
    [remote("urg", "camera"), remote("patient", "camera"), remote("patient", "detail")],
    own,
  );

  test("the patient with both her views", () => {
    expect(keys(arrange(everybody, "stage", "patient", null).large)).toEqual(["patient camera", "patient detail"]);
  });

  test("without a patient's seat, whoever shows two views of one scene", () => {
    const bedside = tilesOf(
      [seat("me"), seat("a"), seat("b")],
      "me",
      [remote("a", "camera"), remote("b", "camera"), remote("b", "detail")],
      own,
    );
    expect(keys(arrange(bedside, "stage", null, null).large)).toEqual(["b camera", "b detail"]);
  });

  test("side by side the patient stands first, whoever came first", () => {
    expect(keys(arrange(everybody, "side", "patient", null).large)).toEqual(["patient camera", "patient detail"]);
    const one = tilesOf(seats, "me", [remote("urg", "camera"), remote("patient", "camera")], own);
    expect(keys(arrange(one, "side", "patient", null).large)).toEqual(["patient camera", "urg camera"]);
    expect(keys(arrange(one, "side", null, null).large)).toEqual(["urg camera", "patient camera"]);
  });

  test("a shared screen before the patient, and what one chose before all", () => {
    const shared = tilesOf(seats, "me", [remote("urg", "screen"), remote("patient", "camera")], own);
    expect(keys(arrange(shared, "stage", "patient", null).large)).toEqual(["urg screen"]);
    expect(keys(arrange(shared, "stage", "patient", "me camera").large)).toEqual(["me camera"]);
  });

  test("in a meeting whoever has the floor, and the first one until somebody has", () => {
    const meeting = tilesOf(
      [seat("me"), seat("a"), seat("b")],
      "me",
      [remote("a", "camera"), remote("b", "camera")],
      own,
    );
    const large = (pinned: string | null, floor: string | null) =>
      keys(arrange(meeting, "stage", null, pinned, floor).large);
    expect(large(null, null)).toEqual(["a camera"]);
    expect(large(null, "b")).toEqual(["b camera"]);
    expect(large("a camera", "b")).toEqual(["a camera"]);
    expect(large(null, "gone")).toEqual(["a camera"]);
    expect(keys(arrange(everybody, "stage", "patient", null, "urg").large)).toContain("patient camera");
  });

  test("alone, one sees oneself", () => {
    expect(keys(arrange(tilesOf([seat("me")], "me", [], own), "stage", null, null).large)).toEqual(["me camera"]);
  });

  test("nobody is lost in any layout", () => {
    for (const layout of ["stage", "grid", "side"] as const) {
      const { large, small } = arrange(everybody, layout, "patient", null);
      expect(keys([...large, ...small]).sort()).toEqual(keys(everybody).sort());
    }
  });
});

describe("geometry", () => {
  const overlap = (a: Rect, b: Rect) =>
    a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

  test("twelve pictures fill a wide stage in four columns without touching", () => {
    const rects = grid(12, { left: 0, top: 0, width: 1280, height: 600 });
    expect(new Set(rects.map(({ left }) => left)).size).toBe(4);
    for (const [index, rect] of rects.entries())
      expect(rects.slice(index + 1).some(other => overlap(rect, other))).toBe(false);
  });

  test.each([
    { width: 1400, height: 700 },
    { width: 900, height: 500 },
    { width: 374, height: 560 },
    { width: 304, height: 400 },
  ])("every tile stays on a stage of $width × $height", stage => {
    const tiles = tilesOf(
      seats,
      "me",
      [remote("urg", "camera"), remote("patient", "camera"), remote("patient", "detail")],
      own,
    );
    for (const layout of ["stage", "grid", "side"] as const) {
      const { large, small } = place(arrange(tiles, layout, "patient", null), layout, stage);
      for (const { left, top, width, height } of [...large, ...small]) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(stage.width + 0.5);
        expect(top + height).toBeLessThanOrEqual(stage.height + 0.5);
      }
    }
  });
});
