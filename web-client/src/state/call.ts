import type {
  ActState,
  AnyEvent,
  ChatLine,
  LineState,
  PathState,
  RecordingStatus,
  SeatState,
  Snapshot,
} from "../protocol";

/** How far this client is in. `none`: no session yet. */
export type Outcome = "none" | "present" | "waiting" | "asked" | "takeover_asked";

export interface Takeover {
  readonly label: string;
  /** Seconds since the epoch, server clock. */
  readonly deadline: number;
}

/** Everything the server has said of the room, as one value. */
export interface CallState {
  readonly outcome: Outcome;
  readonly seat: string;
  readonly name: string;
  /** Seconds to add to this machine's clock to get the server's. */
  readonly clockOffset: number;
  readonly act: ActState | null;
  readonly seats: readonly SeatState[];
  readonly recording: RecordingStatus;
  readonly path: PathState;
  readonly chat: readonly ChatLine[];
  readonly rights: readonly string[];
  /** Seats that speak, in the order in which they began, as the relay hears them. */
  readonly speaking: readonly string[];
  /** How each seat's line fares, as the relay last told. */
  readonly lines: ReadonlyMap<string, LineState>;
  /** Whom of the others to look at; the last one while nobody speaks. */
  readonly floor: string | null;
  readonly takeover: Takeover | null;
  /** This device asked for a seat that another one holds, and that one said no. */
  readonly turnedDown: boolean;
  readonly left: string | null;
}

export const OUTSIDE: CallState = {
  outcome: "none",
  seat: "",
  name: "",
  clockOffset: 0,
  act: null,
  seats: [],
  recording: { state: "off", recording: null, asked_by: null, since: null, missing: [], refused: false },
  path: { path: "none", number: 0, reason: "", offers: false, other: null, codecs: [] },
  chat: [],
  rights: [],
  speaking: [],
  lines: new Map(),
  floor: null,
  takeover: null,
  turnedDown: false,
  left: null,
};

/** What the room looks like after an event. `now`: seconds since the epoch on this machine's clock. */
export function reduce(state: CallState, event: AnyEvent, now: number): CallState {
  switch (event.type) {
    case "welcome":
      return welcomed(state, event, now);
    case "act":
      return { ...state, act: event.act };
    case "seat":
      return { ...state, seats: withSeat(state.seats, event.seat), outcome: ownOutcome(state, event.seat) };
    case "recording":
      return { ...state, recording: event.recording };
    case "path":
      return { ...state, path: event.path };
    case "speaking":
      return { ...state, speaking: event.seats, floor: event.floor === state.seat ? state.floor : event.floor };
    case "lines":
      return { ...state, lines: new Map([...state.lines, ...event.lines.map(line => [line.seat, line] as const)]) };
    case "chat":
      return { ...state, chat: withLine(state.chat, event.line) };
    case "admitted":
      return admitted(state, event.snapshot);
    case "takeover_asked":
      return { ...state, takeover: { label: event.label, deadline: event.deadline } };
    case "takeover_answered":
      return event.accepted && event.snapshot
        ? admitted(state, event.snapshot)
        : { ...state, turnedDown: !event.accepted };
    case "left":
      return { ...state, left: event.reason, takeover: null };
    default:
      return state;
  }
}

function welcomed(state: CallState, event: Extract<AnyEvent, { type: "welcome" }>, now: number): CallState {
  const { outcome, seat, name, snapshot } = event;
  const inside = {
    ...state,
    outcome,
    seat,
    name,
    clockOffset: event.now - now,
    left: null,
    turnedDown: false,
    speaking: [],
  };
  return snapshot ? withSnapshot(inside, snapshot) : inside;
}

function admitted(state: CallState, snapshot: Snapshot): CallState {
  const inside = withSnapshot({ ...state, outcome: "present", turnedDown: false }, snapshot);
  const own = inside.seats.find(({ seat }) => seat === state.seat);
  return own ? { ...inside, outcome: ownOutcome(inside, own) } : inside;
}

function withSnapshot(state: CallState, snapshot: Snapshot): CallState {
  const { act, seats, recording, path, chat, rights } = snapshot;
  return { ...state, act, seats, recording, path, chat, rights, speaking: [] };
}

/** A seat that is asked about a running recording is in as soon as it has agreed. */
function ownOutcome(state: CallState, seat: SeatState): Outcome {
  if (seat.seat !== state.seat || state.outcome === "waiting" || state.outcome === "takeover_asked")
    return state.outcome;
  return seat.presence === "asked" ? "asked" : "present";
}

function withSeat(seats: readonly SeatState[], changed: SeatState): readonly SeatState[] {
  const known = seats.some(({ seat }) => seat === changed.seat);
  return known ? seats.map(seat => (seat.seat === changed.seat ? changed : seat)) : [...seats, changed];
}

function withLine(chat: readonly ChatLine[], line: ChatLine): readonly ChatLine[] {
  return chat.some(({ number }) => number === line.number) ? chat : [...chat, line];
}
