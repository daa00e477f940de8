import type { Plan } from "../../protocol";

export const KINDS = ["TLC", "TLE", "TLA", "REG", "RCP", "MTG"] as const;
export const STROKE = "stroke";

/** What stands in the form of a new act. */
export interface Draft {
  readonly kind: string;
  readonly title: string;
  readonly now: boolean;
  readonly date: string;
  /** NaN while nothing is written. */
  readonly minutes: number;
  readonly emergency: boolean;
  readonly requesting: string;
  readonly expert: string;
  readonly subject: string;
  readonly direct: boolean;
}

export const BLANK: Draft = {
  kind: "TLC",
  title: "",
  now: true,
  date: "",
  minutes: 30,
  emergency: false,
  requesting: "",
  expert: "",
  subject: "",
  direct: true,
};

export const MINUTES = { least: 5, most: 720 };

/** What a person has to set right before the server is asked. */
export type Fault = "title" | "date" | "past" | "minutes";

const LATE_MS = 3_600_000; // somebody writes down an act that began just before

/** `now`: milliseconds since the epoch. */
export function faultsOf(draft: Draft, now: number): ReadonlySet<Fault> {
  const start = Date.parse(draft.date);
  const faults: [Fault, boolean][] = [
    ["title", draft.title.trim() === ""],
    ["date", !draft.now && Number.isNaN(start)],
    ["past", !draft.now && start < now - LATE_MS],
    ["minutes", !(draft.minutes >= MINUTES.least && draft.minutes <= MINUTES.most)],
  ];
  return new Set(faults.filter(([, wrong]) => wrong).map(([fault]) => fault));
}

/** What the server is asked for; what was left empty is not sent. A telestroke act is a consultation of three parts. */
export function planOf(draft: Draft): Plan {
  const stroke = draft.kind === STROKE;
  return {
    kind: stroke ? "TLC" : draft.kind,
    title: draft.title.trim(),
    urgency: stroke || draft.emergency ? "emergency" : "scheduled",
    minutes: draft.minutes,
    direct: draft.direct,
    ...(stroke ? { components: ["TLE", "TLA"] } : {}),
    ...(draft.now ? { start: "now" } : draft.date ? { start: new Date(draft.date).toISOString() } : {}),
    ...(draft.requesting ? { requesting: draft.requesting } : {}),
    ...(draft.expert ? { expert: draft.expert } : {}),
    ...(draft.subject.trim() ? { subject: draft.subject.trim() } : {}),
  };
}
