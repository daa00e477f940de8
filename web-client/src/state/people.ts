import { kindOf } from "../media";
import type { ConsentState, Purpose, SeatState, Source } from "../protocol";
import type { CallState } from "./call";

/** The people of a room, in the ways the screens ask for them. Pure readings of the one state. */

export const others = (state: CallState): SeatState[] => state.seats.filter(({ seat }) => seat !== state.seat);

export const waiting = (state: CallState): SeatState[] => state.seats.filter(({ presence }) => presence === "waiting");

/** In the room, even if their line is lost for the moment. */
export const inside = (state: CallState): SeatState[] =>
  state.seats.filter(({ presence }) => presence === "present" || presence === "interrupted" || presence === "asked");

/** Whether this client has just come to where others send over the relay already. */
export const comesToPictures = (before: CallState, now: CallState): boolean =>
  before.outcome !== "present" &&
  now.outcome === "present" &&
  now.path.path === "relay" &&
  others(now).some(({ sources }) => sources.some(({ source }) => kindOf(source) === "video"));

export const seatOf = (state: CallState, seat: string | null): SeatState | undefined =>
  state.seats.find(candidate => candidate.seat === seat);

export const may = (state: CallState, verb: string): boolean => state.rights.includes(verb);

/** Whether any device of a seat sends a source. */
export const publishes = (seat: SeatState, source: Source): boolean => seat.sources.some(has => has.source === source);

/** Whether a source is switched off at the person's main device, or at a companion beside it. */
export const mutes = (seat: SeatState, source: Source, device = ""): boolean =>
  seat.sources.some(has => has.source === source && has.device === device && has.muted);

/** The patient's seat, or null when nobody sits for the patient. */
export const subject = (state: CallState): string | null => state.act?.subject_seat ?? null;

export function consentFor(state: CallState, purpose: Purpose, seat: string | null): ConsentState | undefined {
  return state.act?.consents.findLast(given => given.purpose === purpose && given.seat === seat);
}

/** Whether this person still owes an answer to a request to record, or to the one that already runs. */
export function owesRecordingAnswer(state: CallState): boolean {
  const { recording, seat, outcome } = state;
  return outcome === "asked" || (recording.state === "asked" && recording.missing.includes(seat));
}

/** Whether a professional here must answer for the patient, who has no seat. */
export function owesPatientAnswer(state: CallState): boolean {
  const { recording } = state;
  return recording.state === "asked" && recording.missing.includes(null) && may(state, "consent_for");
}
