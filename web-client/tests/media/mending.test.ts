import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Mending } from "../../src/media/mending";

let helped: boolean[];
let mending: Mending;

beforeEach(() => {
  vi.useFakeTimers();
  helped = [];
  mending = new Mending(again => helped.push(again), 1_000);
});
afterEach(() => vi.useRealTimers());

test("a connection that breaks is helped at once, and again until it is whole", () => {
  mending.observe("disconnected");
  mending.observe("failed");
  expect(helped).toEqual([false]);
  mending.observe("connecting");
  vi.advanceTimersByTime(2_100);
  expect(helped).toEqual([false, true, true]);
  mending.observe("connected");
  vi.advanceTimersByTime(5_000);
  expect(helped).toHaveLength(3);
});

test("the next break is a first one", () => {
  mending.observe("disconnected");
  mending.observe("connected");
  mending.observe("failed");
  expect(helped).toEqual([false, false]);
});

test("nobody helps a connection that is given up", () => {
  mending.observe("failed");
  mending.stop();
  vi.advanceTimersByTime(5_000);
  expect(helped).toEqual([false]);
});
