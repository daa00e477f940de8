// The messages of signaling/messages.py as types. Made by `python -m signaling.schema`; do not edit.

export const PROTOCOL = 1;
export const MAX_TEXT = 2000;

export type Source = "microphone" | "camera" | "detail" | "screen" | "screen_sound";
export type Grade = "good" | "fair" | "poor";
export type MediaKind = "audio" | "video";
export type VideoCodec = "vp8" | "vp9" | "av1" | "h264";
export type Purpose = "act" | "recording" | "photo" | "third_persons" | "data_sharing";
export type ConsentAnswer = "obtained" | "refused" | "not_possible_emergency" | "by_trusted_person" | "by_legal_representative" | "withdrawn";
export type IdentityMethod = "document_shown" | "wristband" | "known_to_requester" | "spoken" | "provisional";

export interface Join {
  readonly type: "join";
  readonly version: number;
  readonly token: string;
  readonly label?: string;
  readonly kind?: "main" | "camera";
  readonly decodes?: readonly VideoCodec[];
  readonly id: number;
}

export interface Resume {
  readonly type: "resume";
  readonly version: number;
  readonly session: string;
  readonly secret: string;
  readonly last: number;
  readonly fresh: boolean;
  readonly id: number;
}

export interface Leave {
  readonly type: "leave";
  readonly id: number;
}

export interface AnswerTakeover {
  readonly type: "answer_takeover";
  readonly accept: boolean;
  readonly id: number;
}

export interface Admit {
  readonly type: "admit";
  readonly seat: string;
  readonly id: number;
}

export interface TurnAway {
  readonly type: "turn_away";
  readonly seat: string;
  readonly reason?: string;
  readonly id: number;
}

export interface Remove {
  readonly type: "remove";
  readonly seat: string;
  readonly reason?: string;
  readonly id: number;
}

export interface Invite {
  readonly type: "invite";
  readonly role: string;
  readonly name: string;
  readonly id: number;
}

export interface Advance {
  readonly type: "advance";
  readonly event: string;
  readonly reason?: string;
  readonly id: number;
}

export interface EndAct {
  readonly type: "end";
  readonly reason?: string;
  readonly id: number;
}

export interface CheckIdentity {
  readonly type: "check_identity";
  readonly method: IdentityMethod;
  readonly confirmed: boolean;
  readonly id: number;
}

export interface Consent {
  readonly type: "consent";
  readonly purpose: Purpose;
  readonly value: ConsentAnswer;
  readonly seat?: string | null;
  readonly how?: string;
  readonly id: number;
}

export interface Record {
  readonly type: "record";
  readonly on: boolean;
  readonly id: number;
}

export interface Chat {
  readonly type: "chat";
  readonly text: string;
  readonly id: number;
}

export interface PublishedSource {
  readonly mid: string;
  readonly source: Source;
  readonly muted?: boolean;
  readonly width?: number;
  readonly height?: number;
}

export interface Publish {
  readonly type: "publish";
  readonly sdp: string;
  readonly sources: readonly PublishedSource[];
  readonly id: number;
}

export interface Unpublish {
  readonly type: "unpublish";
  readonly id: number;
}

export interface Mute {
  readonly type: "mute";
  readonly source: Source;
  readonly muted: boolean;
  readonly id: number;
}

export interface AnswerSubscribe {
  readonly type: "answer_subscribe";
  readonly number: number;
  readonly sdp: string;
  readonly id: number;
}

export interface Resubscribe {
  readonly type: "resubscribe";
  readonly keep?: boolean;
  readonly id: number;
}

export interface ShownPicture {
  readonly device: string;
  readonly source: Source;
  readonly width: number;
  readonly height: number;
}

export interface Show {
  readonly type: "show";
  readonly pictures: readonly ShownPicture[];
  readonly id: number;
}

export interface Signal {
  readonly type: "signal";
  readonly number: number;
  readonly kind: "offer" | "answer" | "candidate";
  readonly body: string;
  readonly sources?: readonly PublishedSource[];
  readonly id: number;
}

export interface ReceivedState {
  readonly seat: string;
  readonly source: Source;
  readonly fps: number;
  readonly frozen_ms: number;
  readonly delay_ms: number | null;
  readonly lost: number;
}

export interface Quality {
  readonly type: "quality";
  readonly round_trip_ms: number | null;
  readonly received: readonly ReceivedState[];
  readonly id: number;
}

export interface DirectState {
  readonly type: "direct_state";
  readonly number: number;
  readonly state: "connected" | "failed";
  readonly id: number;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface ConsentState {
  readonly purpose: Purpose;
  readonly seat: string | null;
  readonly value: ConsentAnswer;
  readonly at: number;
}

export interface ActState {
  readonly act: string;
  readonly number: string;
  readonly kind: string;
  readonly components: readonly string[];
  readonly urgency: "scheduled" | "emergency";
  readonly title: string;
  readonly requesting: string | null;
  readonly expert: string | null;
  readonly state: string;
  readonly outcome: string;
  readonly planned_start: number | null;
  readonly planned_minutes: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly identity: string | null;
  readonly subject_seat: string | null;
  readonly consents: readonly ConsentState[];
  readonly events: readonly string[];
  readonly missing: readonly string[];
}

export interface SourceState {
  readonly source: Source;
  readonly muted: boolean;
  readonly silent: boolean;
  readonly device: string;
}

export interface SeatState {
  readonly seat: string;
  readonly role: string;
  readonly name: string;
  readonly presence: "invited" | "waiting" | "asked" | "present" | "interrupted" | "revoked";
  readonly since: number | null;
  readonly devices: number;
  readonly sources: readonly SourceState[];
}

export interface RecordingStatus {
  readonly state: "off" | "asked" | "on";
  readonly recording: string | null;
  readonly asked_by: string | null;
  readonly since: number | null;
  readonly missing: readonly (string | null)[];
  readonly refused: boolean;
}

export interface PathState {
  readonly path: "none" | "direct" | "relay";
  readonly number: number;
  readonly reason: string;
  readonly offers: boolean;
  readonly other: string | null;
  readonly codecs: readonly VideoCodec[];
}

export interface ChatLine {
  readonly number: number;
  readonly seat: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

export interface Snapshot {
  readonly act: ActState;
  readonly seats: readonly SeatState[];
  readonly recording: RecordingStatus;
  readonly path: PathState;
  readonly chat: readonly ChatLine[];
  readonly rights: readonly string[];
}

export interface Welcome {
  readonly type: "welcome";
  readonly session: string;
  readonly secret: string;
  readonly seat: string;
  readonly name: string;
  readonly now: number;
  readonly resumed: boolean;
  readonly outcome: "present" | "waiting" | "asked" | "takeover_asked";
  readonly ice_servers: readonly IceServer[];
  readonly snapshot: Snapshot | null;
}

export interface Done {
  readonly type: "done";
  readonly re: number;
}

export interface Refused {
  readonly type: "refused";
  readonly re: number;
  readonly code: string;
  readonly detail: string;
}

export interface ActChanged {
  readonly type: "act";
  readonly act: ActState;
}

export interface SeatChanged {
  readonly type: "seat";
  readonly seat: SeatState;
}

export interface RecordingChanged {
  readonly type: "recording";
  readonly recording: RecordingStatus;
}

export interface PathChanged {
  readonly type: "path";
  readonly path: PathState;
}

export interface Invited {
  readonly type: "invited";
  readonly re: number;
  readonly seat: string;
  readonly url: string;
}

export interface Said {
  readonly type: "chat";
  readonly line: ChatLine;
}

export interface TakeoverAsked {
  readonly type: "takeover_asked";
  readonly label: string;
  readonly deadline: number;
}

export interface TakeoverAnswered {
  readonly type: "takeover_answered";
  readonly accepted: boolean;
  readonly snapshot: Snapshot | null;
}

export interface Admitted {
  readonly type: "admitted";
  readonly snapshot: Snapshot;
}

export interface Published {
  readonly type: "published";
  readonly re: number;
  readonly sdp: string;
}

export interface Layers {
  readonly type: "layers";
  readonly source: Source;
  readonly rids: readonly string[];
}

export interface ReceivedTrack {
  readonly mid: string;
  readonly seat: string;
  readonly source: Source;
  readonly device: string;
  readonly companion: boolean;
}

export interface Subscribe {
  readonly type: "subscribe";
  readonly number: number;
  readonly connection: number;
  readonly sdp: string;
  readonly tracks: readonly ReceivedTrack[];
}

export interface IceServers {
  readonly type: "ice_servers";
  readonly servers: readonly IceServer[];
}

export interface MediaReset {
  readonly type: "media_reset";
  readonly reason: string;
}

export interface Speaking {
  readonly type: "speaking";
  readonly seats: readonly string[];
  readonly floor: string | null;
}

export interface Redundancy {
  readonly type: "redundancy";
  readonly source: Source;
  readonly wanted: boolean;
}

export interface SentState {
  readonly source: Source;
  readonly kbps: number;
  readonly fps: number;
}

export interface LineState {
  readonly seat: string;
  readonly grade: Grade;
  readonly round_trip_ms: number | null;
  readonly lost_up: number;
  readonly lost_down: number;
  readonly sends: readonly SentState[];
}

export interface LinesTold {
  readonly type: "lines";
  readonly lines: readonly LineState[];
}

export interface Signalled {
  readonly type: "signal";
  readonly number: number;
  readonly kind: "offer" | "answer" | "candidate";
  readonly body: string;
  readonly sources: readonly PublishedSource[];
}

export interface Left {
  readonly type: "left";
  readonly reason: string;
}

export interface Envelope {
  readonly n: number;
  readonly event: AnyEvent;
}

export type AnyCommand =
  | Join
  | Resume
  | Leave
  | AnswerTakeover
  | Admit
  | TurnAway
  | Remove
  | Invite
  | Advance
  | EndAct
  | CheckIdentity
  | Consent
  | Record
  | Chat
  | Publish
  | Unpublish
  | Mute
  | AnswerSubscribe
  | Resubscribe
  | Show
  | Signal
  | Quality
  | DirectState;

export type AnyEvent =
  | Welcome
  | Done
  | Refused
  | ActChanged
  | SeatChanged
  | RecordingChanged
  | PathChanged
  | Invited
  | Said
  | TakeoverAsked
  | TakeoverAnswered
  | Admitted
  | Published
  | Layers
  | Subscribe
  | IceServers
  | MediaReset
  | Speaking
  | Redundancy
  | LinesTold
  | Signalled
  | Left;
