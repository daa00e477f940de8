/** The HTTP side of the wire (docs/protocol.md, HTTP): everything that can wait. */

export interface Configuration {
  readonly languages: readonly string[];
  readonly help_phone: string;
  readonly version: string;
}

export interface Me {
  readonly person: string;
  readonly name: string;
  readonly establishment: string;
  readonly establishment_name: string;
  readonly rights: readonly string[];
}

export interface Entry {
  readonly ticket: string;
  readonly act: string;
  readonly number: string;
  readonly kind: string;
  readonly title: string;
  readonly state: string;
  readonly planned_start: string | null;
  readonly seat: string;
  readonly role: string;
  readonly name: string;
  readonly waits: boolean;
  readonly expert_name: string | null;
}

export interface Seat {
  readonly seat: string;
  readonly role: string;
  readonly name: string;
  readonly presence: string;
}

export interface Act {
  readonly id: string;
  readonly number: string;
  readonly kind: string;
  readonly components: readonly string[];
  readonly urgency: "scheduled" | "emergency";
  readonly title: string;
  readonly requesting: string | null;
  readonly requesting_name: string | null;
  readonly expert: string | null;
  readonly expert_name: string | null;
  readonly subject: string | null;
  readonly direct: boolean;
  readonly state: string;
  readonly outcome: string;
  readonly planned_start: string | null;
  readonly planned_minutes: number | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly seats: readonly Seat[];
  readonly events: readonly string[];
}

export interface Plan {
  readonly kind: string;
  readonly title: string;
  readonly start?: string;
  readonly minutes?: number;
  readonly urgency?: "scheduled" | "emergency";
  readonly components?: readonly string[];
  readonly requesting?: string;
  readonly expert?: string;
  readonly subject?: string;
  readonly direct?: boolean;
}

export interface Invitation {
  readonly seat: string;
  readonly token: string;
  readonly url: string;
}

export interface TimelineEntry {
  readonly version: number;
  readonly at: string;
  readonly type: string;
  readonly by: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Recording {
  readonly recording: string;
  readonly started_at: string | null;
  readonly stopped_at: string | null;
  readonly state: string;
  readonly duration_s: number | null;
  /** The recording that a fault cut off before this one, and how long nothing was recorded in between, once that is known. */
  readonly continues: string | null;
  readonly gap_s: number | null;
}

export interface RecordedTrack {
  readonly name: string;
  readonly url: string;
  readonly seat: string;
  readonly label: string;
  readonly source: string;
  readonly kind: "audio" | "video";
  readonly offset_s: number;
  readonly duration_s: number | null;
  readonly type: string;
}

export interface Establishment {
  readonly id: string;
  readonly name: string;
}

/** An answer that is not a success. `status` 0: the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail = "",
  ) {
    super(code);
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One method per route. A signed-in professional is known by her cookie, a guest by the invitation given to `entry`. */
export class Api {
  constructor(
    private readonly fetch: Fetch,
    private readonly base = "/api/v1",
  ) {}

  configuration = () => this.ask<Configuration>("GET", "/configuration");
  signIn = (token: string) => this.ask<Me>("POST", "/sign-in", { token });
  signOut = () => this.ask<void>("POST", "/sign-out", {});
  me = () => this.ask<Me>("GET", "/me");
  entryWithInvitation = (token: string) => this.ask<Entry>("POST", "/entry", {}, token);
  entryToAct = (act: string) => this.ask<Entry>("POST", "/entry", { act });
  acts = async (filter: Record<string, string> = {}) =>
    (await this.ask<{ acts: Act[] }>("GET", `/acts${query(filter)}`)).acts;
  act = (id: string) => this.ask<Act>("GET", `/acts/${id}`);
  plan = (plan: Plan) => this.ask<Act>("POST", "/acts", plan);
  change = (id: string, change: { title?: string; start?: string; minutes?: number; direct?: boolean }) =>
    this.ask<Act>("PATCH", `/acts/${id}`, change);
  advance = (id: string, event: string, reason = "") => this.ask<Act>("POST", `/acts/${id}/advance`, { event, reason });
  invite = (id: string, invited: { role: string; name: string; person?: string }) =>
    this.ask<Invitation>("POST", `/acts/${id}/invitations`, invited);
  reissue = (id: string, seat: string) => this.ask<Invitation>("POST", `/acts/${id}/invitations/${seat}`, {});
  revoke = (id: string, seat: string) => this.ask<void>("DELETE", `/acts/${id}/invitations/${seat}`);
  timeline = async (id: string) =>
    (await this.ask<{ entries: TimelineEntry[] }>("GET", `/acts/${id}/timeline`)).entries;
  recordings = async (id: string) =>
    (await this.ask<{ recordings: Recording[] }>("GET", `/acts/${id}/recordings`)).recordings;
  manifest = (id: string, recording: string) =>
    this.ask<{ tracks: RecordedTrack[] }>("GET", `/acts/${id}/recordings/${recording}`);
  establishments = async () =>
    (await this.ask<{ establishments: Establishment[] }>("GET", "/establishments")).establishments;

  private async ask<T>(method: string, path: string, body?: unknown, bearer?: string): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["X-Visite"] = "1"; // only a script of this origin can set it
    if (bearer !== undefined) headers.Authorization = `Bearer ${bearer}`;
    const init: RequestInit = { method, headers, credentials: "same-origin" };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await this.fetch(this.base + path, init).catch(() => {
      throw new ApiError(0, "unreachable");
    });
    return answerOf<T>(response);
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body: unknown = text.startsWith("{") ? JSON.parse(text) : {};
  if (response.ok) return body as T;
  const { code, detail } = body as { code?: string; detail?: string };
  throw new ApiError(response.status, code ?? `http-${response.status}`, detail ?? "");
}

function query(filter: Record<string, string>): string {
  const text = new URLSearchParams(filter).toString();
  return text === "" ? "" : `?${text}`;
}
