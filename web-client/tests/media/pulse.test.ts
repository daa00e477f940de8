import { beforeEach, expect, test } from "vitest";
import { bytesReceived, Pulse } from "../../src/media/pulse";

let stops: number[];
let now: number;
let pulse: Pulse;

beforeEach(() => {
  stops = [];
  now = 0;
  pulse = new Pulse(1_500, () => stops.push(now));
});

/** Readings half a second apart, in each of which so many bytes more have arrived. */
function read(...arrived: number[]): void {
  for (const bytes of arrived) take(bytes, 500);
}

let total = 0;
function take(bytes: number, after: number, expected = true): void {
  now += after;
  total += bytes;
  pulse.take(total, now, expected);
}

test("where something came all the time, the second empty reading in a row is noticed", () => {
  read(10, 10, 10, 10, 0);
  expect(stops).toEqual([]);
  read(0);
  expect(stops).toEqual([3_000]);
});

test("where little comes, the third", () => {
  read(10, 0, 10, 0, 10, 0, 0);
  expect(stops).toEqual([]);
  read(0);
  expect(stops).toEqual([4_000]);
});

test("what was helped has four seconds before it is helped again", () => {
  read(10, 10, 10, 10, 0, 0, ...Array(7).fill(0));
  expect(stops).toHaveLength(1);
  read(0);
  expect(stops).toEqual([3_000, 7_000]);
});

test("what has come back is missed as soon as before", () => {
  read(10, 10, 10, 10, 0, 0);
  read(10, 10, 10, 10, 0, 0);
  expect(stops).toEqual([3_000, 6_000]);
});

test("a connection that has only shaken hands is not expected to go on", () => {
  read(10, ...Array(20).fill(0));
  expect(stops).toEqual([]);
});

test("nothing is missed while nothing is expected", () => {
  read(10, 10, 10, 10, 0);
  take(0, 500, false);
  take(0, 500, false);
  read(0);
  expect(stops).toEqual([]);
  read(0);
  expect(stops).toHaveLength(1);
});

test("a page that was held up does not take its own pause for the line's", () => {
  read(10, 10, 10, 10);
  take(0, 60_000);
  expect(stops).toEqual([]);
});

test("what a restart begins to count anew is a sign of life", () => {
  read(10, 10, 10, 10, 0);
  total = 0;
  read(3, 0);
  expect(stops).toEqual([]);
});

test("all ways of a connection count together, and nothing else of its statistics", () => {
  const stats = [
    { type: "candidate-pair", bytesReceived: 5 },
    { type: "candidate-pair", bytesReceived: 7 },
    { type: "candidate-pair" },
    { type: "inbound-rtp", bytesReceived: 100 },
  ];
  expect(bytesReceived(stats)).toBe(12);
});
