import { expect, test } from "vitest";
import type { TrackFigures } from "../../src/media";
import type { LineState } from "../../src/protocol";
import { lineWords } from "../../src/state";

const line = (change: Partial<LineState> = {}): LineState => ({
  seat: "other",
  grade: "good",
  round_trip_ms: 60,
  lost_up: 0,
  lost_down: 0,
  sends: [],
  ...change,
});
const figures = (change: Partial<TrackFigures> = {}): TrackFigures => ({
  kbps: 800,
  fps: 30,
  width: 640,
  height: 360,
  loss: 0,
  level: 0,
  frozenMs: 0,
  delay: 80,
  frozenSince: null,
  ...change,
});

test("the worse part of the way gives the word", () => {
  expect(lineWords(line(), figures(), 40)?.grade).toBe("good");
  expect(lineWords(line({ grade: "fair" }), figures(), 40)?.grade).toBe("fair");
  expect(lineWords(line({ grade: "fair" }), figures({ loss: 9 }), 40)?.grade).toBe("poor");
  expect(lineWords(line(), figures({ loss: 3 }), 40)?.grade).toBe("fair");
  expect(lineWords(line(), figures({ frozenSince: 1 }), 40)?.grade).toBe("poor");
});

test("it is said on which side what is lost, though whatever is lost there is missed here", () => {
  expect(lineWords(line({ lost_up: 3.4 }), figures({ loss: 5 }), 40)).toMatchObject({ lostThere: 3, lostHere: 2 });
  expect(lineWords(line({ lost_up: 12 }), figures({ loss: 11 }), 40)).toMatchObject({ lostThere: 12, lostHere: 0 });
});

test("the delay is the wait here and half of both round trips, or unknown", () => {
  expect(lineWords(line(), figures(), 40)?.delay).toBe(130);
  expect(lineWords(line({ round_trip_ms: null }), figures(), 40)?.delay).toBeNull();
  expect(lineWords(undefined, figures(), 40)?.delay).toBeNull();
  expect(lineWords(line(), figures({ delay: null }), 40)?.delay).toBeNull();
});

test("nothing is said of a line of which nothing is known", () => {
  expect(lineWords(undefined, null, 40)).toBeNull();
});
