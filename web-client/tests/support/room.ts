import type { ActState, AnyEvent, SeatState, Snapshot } from "../../src/protocol";
import { type CallState, OUTSIDE, reduce } from "../../src/state";

/** Fictitious people and an act for them. */
export function act(change: Partial<ActState> = {}): ActState {
  return {
    act: "act-1",
    number: "2026-0417",
    kind: "TLC",
    components: ["TLE", "TLA"],
    urgency: "emergency",
    title: "Télé-AVC",
    requesting: "CH de Valmont",
    expert: "CHU de Rochebrune",
    state: "in_progress",
    outcome: "",
    planned_start: null,
    planned_minutes: null,
    started_at: 1_000,
    ended_at: null,
    identity: null,
    subject_seat: null,
    consents: [],
    events: [],
    missing: [],
    ...change,
  };
}

export function seat(id: string, change: Partial<SeatState> = {}): SeatState {
  return {
    seat: id,
    role: "expert",
    name: `Dr ${id}`,
    presence: "present",
    since: 1_000,
    devices: 1,
    sources: [],
    ...change,
  };
}

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  const { recording, path } = OUTSIDE;
  return { act: act(), seats: [seat("me"), seat("other")], recording, path, chat: [], rights: [], ...change };
}

export function welcome(
  change: Partial<Extract<AnyEvent, { type: "welcome" }>> = {},
): Extract<AnyEvent, { type: "welcome" }> {
  return {
    type: "welcome",
    session: "session-1",
    secret: "secret-1",
    seat: "me",
    name: "Dr me",
    now: 1_010,
    resumed: false,
    outcome: "present",
    ice_servers: [],
    snapshot: snapshot(),
    ...change,
  };
}

/** The state of somebody who is in the room. */
export function inRoom(change: Partial<Snapshot> = {}): CallState {
  return reduce(OUTSIDE, welcome({ snapshot: snapshot(change) }), 1_000);
}
