import { expect, test } from "vitest";
import { FROZEN_AFTER_MS, type Reading, read, type TrackStats } from "../../src/media/quality";

const video = (change: Partial<TrackStats>): TrackStats => ({ type: "inbound-rtp", kind: "video", ...change });

function readings(...stats: [at: number, stats: TrackStats][]) {
  let before: Reading | undefined;
  return stats.map(([at, each]) => {
    const [reading, figures] = read(each, before, at);
    before = reading;
    return figures;
  });
}

test("rates are those of the last interval and not of the whole call", () => {
  const [, , last] = readings(
    [0, video({ bytesReceived: 0, framesDecoded: 0 })],
    [1_000, video({ bytesReceived: 1_000_000, framesDecoded: 10 })],
    [2_000, video({ bytesReceived: 1_125_000, framesDecoded: 40 })],
  );
  expect(last).toMatchObject({ kbps: 1_000, fps: 30 });
});

test("loss is the share of what was expected, and a late repair never makes it negative", () => {
  const [, lossy, repaired] = readings(
    [0, video({ packetsReceived: 0, packetsLost: 0 })],
    [1_000, video({ packetsReceived: 90, packetsLost: 10 })],
    [2_000, video({ packetsReceived: 200, packetsLost: 5 })],
  );
  expect(lossy?.loss).toBeCloseTo(10);
  expect(repaired?.loss).toBe(0);
});

test("a picture is frozen since its last frame, once that is long ago, and moves again with the next", () => {
  const still = video({ framesDecoded: 7 });
  const figures = readings(
    [0, still],
    [FROZEN_AFTER_MS, still],
    [FROZEN_AFTER_MS + 500, still],
    [FROZEN_AFTER_MS + 1_000, video({ framesDecoded: 8 })],
  );
  expect(figures.map(({ frozenSince }) => frozenSince)).toEqual([null, null, 0, null]);
});

test("sound never counts as frozen", () => {
  const sound: TrackStats = { type: "inbound-rtp", kind: "audio" };
  expect(readings([0, sound], [9_000, sound]).at(-1)?.frozenSince).toBeNull();
});

test("freezes and waiting are those of the last interval", () => {
  const [, , last] = readings(
    [0, video({ framesDecoded: 0, totalFreezesDuration: 1, totalProcessingDelay: 1 })],
    [500, video({ framesDecoded: 10, totalFreezesDuration: 1, totalProcessingDelay: 2 })],
    [1_000, video({ framesDecoded: 20, totalFreezesDuration: 1.4, totalProcessingDelay: 2.9 })],
  );
  expect(last).toMatchObject({ frozenMs: 400, delay: 90 });
});

test("a sound waits in its buffer, and nothing is known of one that is not played", () => {
  const sound = (waited: number, played: number): TrackStats => ({
    type: "inbound-rtp",
    kind: "audio",
    jitterBufferDelay: waited,
    jitterBufferEmittedCount: played,
  });
  const [, playing, stopped] = readings([0, sound(0, 0)], [500, sound(2_400, 24_000)], [1_000, sound(2_400, 24_000)]);
  expect(playing?.delay).toBe(100);
  expect(stopped?.delay).toBeNull();
});
