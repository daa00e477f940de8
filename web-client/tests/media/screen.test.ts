import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Screen } from "../../src/media/screen";
import type { RemoteTrack } from "../../src/media/sources";
import type { ShownPicture } from "../../src/protocol";

/** Observers that a test lets see what it likes. */
class Observer {
  static all: Observer[] = [];
  readonly observed = new Set<Element>();

  constructor(readonly callback: (entries: object[]) => void) {
    Observer.all.push(this);
  }

  observe(element: Element) {
    this.observed.add(element);
  }

  unobserve(element: Element) {
    this.observed.delete(element);
  }
}

const track = { id: "t", kind: "video" } as MediaStreamTrack;
const remote: RemoteTrack = { seat: "s", source: "camera", device: "", origin: "anne-1", track, via: "relay" };
const told: ShownPicture[][] = [];
let screen: Screen;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("ResizeObserver", class extends Observer {});
  vi.stubGlobal("IntersectionObserver", class extends Observer {});
  vi.stubGlobal("devicePixelRatio", 2);
  Observer.all = [];
  told.length = 0;
  screen = new Screen(async pictures => void told.push([...pictures]));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function resize(target: Element, width: number, height: number) {
  Observer.all[0]?.callback([{ target, contentRect: { width, height } }]);
}

const picture = (width: number, height: number) => ({ device: "anne-1", source: "camera", width, height });

test("a size is told in pixels of the screen, once it has settled", () => {
  const element = document.createElement("video");
  screen.show(element, track);
  screen.receive([remote]);
  resize(element, 320, 180);
  resize(element, 640, 360);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(told).toEqual([[picture(1280, 720)]]);
  resize(element, 639, 359);
  vi.advanceTimersByTime(200);
  expect(told).toHaveLength(1);
});

test("what left the view is hidden, and what has no place is not spoken of", () => {
  const element = document.createElement("video");
  const leave = screen.show(element, track);
  screen.receive([remote]);
  resize(element, 320, 180);
  vi.advanceTimersByTime(200);
  Observer.all[1]?.callback([{ target: element, isIntersecting: false }]);
  vi.advanceTimersByTime(200);
  expect(told.at(-1)).toEqual([picture(0, 0)]);
  leave();
  vi.advanceTimersByTime(200);
  expect(told.at(-1)).toEqual([]);
});

test("of two places the larger counts, and only what comes from the relay", () => {
  const [small, large] = [document.createElement("video"), document.createElement("video")];
  screen.show(small, track);
  screen.show(large, track);
  screen.receive([remote, { ...remote, via: "direct", source: "screen" }]);
  resize(small, 160, 90);
  resize(large, 320, 184);
  vi.advanceTimersByTime(200);
  expect(told).toEqual([[picture(640, 368)]]);
});

test("a new session hears it again", () => {
  const element = document.createElement("video");
  screen.show(element, track);
  screen.receive([remote]);
  resize(element, 320, 180);
  vi.advanceTimersByTime(200);
  screen.startOver();
  vi.advanceTimersByTime(200);
  expect(told).toHaveLength(2);
});
