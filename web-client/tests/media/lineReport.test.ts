import { expect, test } from "vitest";
import { LineReport } from "../../src/media/lineReport";
import type { Quality, TrackFigures } from "../../src/media/quality";
import type { RemoteTrack } from "../../src/media/sources";
import type { ReceivedState } from "../../src/protocol";

const figures = (change: Partial<TrackFigures> = {}): TrackFigures => ({
  kbps: 800,
  fps: 30,
  width: 640,
  height: 360,
  loss: 1.5,
  level: 0,
  frozenMs: 0,
  delay: 80,
  frozenSince: null,
  ...change,
});
const camera: RemoteTrack = {
  seat: "other",
  source: "camera",
  device: "",
  track: { id: "one" } as MediaStreamTrack,
  via: "relay",
  origin: "d",
};
const measured = (change: Partial<TrackFigures> = {}): Quality => ({
  tracks: new Map([["one", figures(change)]]),
  roundTrip: 42,
});

function report() {
  const told: { roundTrip: number | null; received: ReceivedState[] }[] = [];
  return { told, line: new LineReport((roundTrip, received) => told.push({ roundTrip, received })) };
}

test("every two seconds it is told how each track arrives, with all that it stood still meanwhile", () => {
  const { told, line } = report();
  for (const now of [0, 500, 1_000, 1_500, 2_000, 2_500]) line.take(measured({ frozenMs: 100 }), [camera], now);
  expect(told).toEqual([
    {
      roundTrip: 42,
      received: [{ seat: "other", source: "camera", fps: 30, frozen_ms: 500, delay_ms: 80, lost: 1.5 }],
    },
  ]);
});

test("who receives nothing has nothing to tell", () => {
  const { told, line } = report();
  for (const now of [0, 2_000, 4_000]) line.take(measured(), [], now);
  expect(told).toEqual([]);
});

test("a track without figures is left out, and so are more than the server reads", () => {
  const { told, line } = report();
  const many = Array.from({ length: 40 }, () => camera);
  const unknown = { ...camera, track: { id: "two" } as MediaStreamTrack };
  line.take(measured(), [], 0);
  line.take(measured({ fps: 400, delay: 90_000 }), [unknown, ...many], 2_000);
  expect(told[0]?.received).toHaveLength(31);
  expect(told[0]?.received[0]).toMatchObject({ fps: 240, delay_ms: 60_000 });
});
