import { describe, expect, test } from "vitest";
import { correction, elapsed, fragmentOf, lengthOf, pathOf, placeOf, positionIn } from "../../src/state";

test("each address is a page", () => {
  expect(placeOf("/")).toEqual({ page: "acts" });
  expect(placeOf("/acts/a1")).toEqual({ page: "act", act: "a1" });
  expect(placeOf("/acts/a1/recordings/r2")).toEqual({ page: "recording", act: "a1", recording: "r2" });
  expect(placeOf("/call/a1")).toEqual({ page: "call", act: "a1" });
  expect(placeOf("/join")).toEqual({ page: "join" });
  expect(placeOf("/acts/a1/other")).toEqual({ page: "unknown" });
});

test("a page's address leads back to it", () => {
  for (const path of ["/", "/acts/a1", "/acts/a1/recordings/r2", "/call/a1", "/join", "/sign-in"]) {
    expect(pathOf(placeOf(path))).toBe(path);
  }
});

test("a link carries its secrets behind the hash", () => {
  expect(fragmentOf("#t=abc.def&demo=1")).toEqual({ invitation: "abc.def", signIn: null, demo: true });
  expect(fragmentOf("#s=xyz")).toEqual({ invitation: null, signIn: "xyz", demo: false });
  expect(fragmentOf("")).toEqual({ invitation: null, signIn: null, demo: false });
});

test("a duration reads as people say it", () => {
  expect(elapsed(7)).toBe("0:07");
  expect(elapsed(754)).toBe("12:34");
  expect(elapsed(9_660)).toBe("2 h 41");
  expect(elapsed(-3)).toBe("0:00");
});

describe("playing several tracks as one", () => {
  const tracks = [
    { offset: 0, duration: 10 },
    { offset: 4, duration: 9 },
  ];

  test("the whole is as long as its last track", () => {
    expect(lengthOf(tracks)).toBe(13);
    expect(lengthOf([])).toBe(0);
  });

  test("a track that began later stands at less, and outside of its time it does not play", () => {
    expect(tracks.map(track => positionIn(track, 5))).toEqual([5, 1]);
    expect(tracks.map(track => positionIn(track, 2))).toEqual([2, null]);
    expect(tracks.map(track => positionIn(track, 12))).toEqual([null, 8]);
  });

  test("80 ms are borne, more is set right", () => {
    expect(correction(5, 5.07)).toBeNull();
    expect(correction(5, 5.2)).toBe(5);
  });
});
