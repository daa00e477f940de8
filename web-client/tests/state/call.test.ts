import { describe, expect, test } from "vitest";
import type { AnyEvent, Grade, LineState } from "../../src/protocol";
import { consentFor, newsBetween, OUTSIDE, owesPatientAnswer, owesRecordingAnswer, reduce } from "../../src/state";
import { act, inRoom, seat, snapshot, welcome } from "../support/room";

const told = (...events: AnyEvent[]) => events.reduce((state, event) => reduce(state, event, 1_000), inRoom());

describe("the room as told by the server", () => {
  test("the server's clock is kept as a difference", () => {
    expect(inRoom().clockOffset).toBe(10);
  });

  test("who waits sees nothing of the room until she is admitted", () => {
    const waiting = reduce(OUTSIDE, welcome({ outcome: "waiting", snapshot: null }), 1_000);
    expect(waiting).toMatchObject({ outcome: "waiting", act: null, seats: [] });
    const admitted = reduce(waiting, { type: "admitted", snapshot: snapshot() }, 1_000);
    expect(admitted.outcome).toBe("present");
    expect(admitted.act?.number).toBe("2026-0417");
  });

  test("a line that came back without loss keeps what was known", () => {
    const back = told(welcome({ resumed: true, snapshot: null }));
    expect(back.seats).toHaveLength(2);
  });

  test("a seat that is new is added, one that changed is replaced", () => {
    const state = told(
      { type: "seat", seat: seat("third") },
      { type: "seat", seat: seat("other", { name: "Dr New" }) },
    );
    expect(state.seats.map(({ name }) => name)).toEqual(["Dr me", "Dr New", "Dr third"]);
  });

  test("a chat line told twice stands once", () => {
    const line = { number: 1, seat: "other", name: "Dr other", text: "bonjour", at: 1_005 };
    expect(told({ type: "chat", line }, { type: "chat", line }).chat).toHaveLength(1);
  });

  test("a late joiner is in as soon as the server says that she agreed", () => {
    const asked = reduce(
      OUTSIDE,
      welcome({ outcome: "asked", snapshot: snapshot({ seats: [seat("me", { presence: "asked" })] }) }),
      1_000,
    );
    expect(owesRecordingAnswer(asked)).toBe(true);
    const agreed = reduce(asked, { type: "seat", seat: seat("me") }, 1_000);
    expect(agreed.outcome).toBe("present");
    expect(owesRecordingAnswer(agreed)).toBe(false);
  });

  test("a second device that is turned down stays outside and may ask again", () => {
    const asking = reduce(OUTSIDE, welcome({ outcome: "takeover_asked", snapshot: null }), 1_000);
    const refused = reduce(asking, { type: "takeover_answered", accepted: false, snapshot: null }, 1_000);
    expect(refused).toMatchObject({ outcome: "takeover_asked", turnedDown: true });
    const accepted = reduce(asking, { type: "takeover_answered", accepted: true, snapshot: snapshot() }, 1_000);
    expect(accepted).toMatchObject({ outcome: "present", turnedDown: false });
  });
});

describe("who owes an answer", () => {
  const asked = (missing: (string | null)[], rights: string[] = []) => ({
    ...inRoom({ rights }),
    recording: { state: "asked" as const, recording: "r", asked_by: "other", since: null, missing, refused: false },
  });

  test("I do while I am among the missing, and only then", () => {
    expect(owesRecordingAnswer(asked(["me"]))).toBe(true);
    expect(owesRecordingAnswer(asked(["other"]))).toBe(false);
  });

  test("for a patient without a seat, only those who may write her answer down", () => {
    expect(owesPatientAnswer(asked([null], ["consent_for"]))).toBe(true);
    expect(owesPatientAnswer(asked([null]))).toBe(false);
  });

  test("the newest answer of a person for a purpose is the one that counts", () => {
    const consents = (["obtained", "withdrawn"] as const).map((value, at) => ({
      purpose: "act" as const,
      seat: null,
      value,
      at,
    }));
    expect(consentFor(inRoom({ act: act({ consents }) }), "act", null)?.value).toBe("withdrawn");
  });
});

describe("who speaks", () => {
  const speaking = (floor: string | null, ...seats: string[]): AnyEvent => ({ type: "speaking", seats, floor });

  test("one goes on looking at whom one listened to, also while one speaks oneself", () => {
    expect(told(speaking("other", "other"))).toMatchObject({ speaking: ["other"], floor: "other" });
    expect(told(speaking("other", "other"), speaking("me", "me"))).toMatchObject({ speaking: ["me"], floor: "other" });
    expect(told(speaking("other", "other"), speaking(null))).toMatchObject({ speaking: [], floor: null });
  });

  test("a line that is not named is as it was", () => {
    const line = (seat: string, grade: Grade) =>
      ({ seat, grade, round_trip_ms: 40, lost_up: 0, lost_down: 0, sends: [] }) satisfies LineState;
    const { lines } = told(
      { type: "lines", lines: [line("me", "good"), line("other", "good")] },
      { type: "lines", lines: [line("other", "poor")] },
    );
    expect([...lines.values()].map(({ seat, grade }) => [seat, grade])).toEqual([
      ["me", "good"],
      ["other", "poor"],
    ]);
  });

  test("after a cut line nobody is thought to speak still", () => {
    expect(told(speaking("other", "other"), welcome({ snapshot: null, resumed: true })).speaking).toEqual([]);
  });
});

describe("news", () => {
  const changed = (presence: "waiting" | "present" | "interrupted" | "invited") =>
    newsBetween(inRoom(), reduce(inRoom(), { type: "seat", seat: seat("other", { presence }) }, 1_000));

  test("who goes, and whose line is lost, are different news", () => {
    expect(changed("interrupted")).toEqual([{ what: "lost", name: "Dr other" }]);
    expect(changed("invited")).toEqual([{ what: "went", name: "Dr other" }]);
    expect(changed("present")).toEqual([]);
  });

  test("nobody is told of her own coming, nor of the room she has just entered", () => {
    expect(newsBetween(OUTSIDE, inRoom())).toEqual([]);
    expect(newsBetween(inRoom(), told({ type: "seat", seat: seat("me", { presence: "interrupted" }) }))).toEqual([]);
  });

  test("a recording that begins, ends or is refused is told to everybody", () => {
    const off = inRoom().recording;
    const recording = (change: object) => told({ type: "recording", recording: { ...off, ...change } });
    const on = recording({ state: "on" });
    expect(newsBetween(inRoom(), on)).toEqual([{ what: "recording-on" }]);
    expect(newsBetween(on, inRoom())).toEqual([{ what: "recording-off" }]);
    expect(newsBetween(recording({ state: "asked" }), recording({ refused: true }))).toEqual([
      { what: "recording-refused" },
    ]);
  });
});
