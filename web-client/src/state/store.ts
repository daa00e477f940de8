import { batch, computed, effect, signal } from "@preact/signals";
import type { LocalDevice, Quality, RemoteTrack } from "../media";
import { OFF } from "../media";
import type { AnyEvent, Configuration, Entry, Line, Me, Source } from "../protocol";
import { type CallState, OUTSIDE, reduce } from "./call";
import type { Layout } from "./stage";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: "info" | "warning";
}

const NOTICE_MS = 7_000;

/** What the screens draw. Only the methods here and the reducer change it. */
export class Store {
  readonly configuration = signal<Configuration | null>(null);
  readonly me = signal<Me | null>(null);
  readonly entry = signal<Entry | null>(null);
  readonly line = signal<Line>("closed");
  readonly shutOut = signal<string | null>(null);
  readonly call = signal<CallState>(OUTSIDE);
  readonly local = signal<ReadonlyMap<Source, LocalDevice>>(new Map());
  readonly remote = signal<readonly RemoteTrack[]>([]);
  readonly quality = signal<Quality>({ tracks: new Map(), roundTrip: null });
  readonly layout = signal<Layout>("stage");
  readonly pinned = signal<string | null>(null);
  /** On a phone a large picture fills its place, and its edges are cut; a touch shows it whole. */
  readonly whole = signal(false);
  readonly panel = signal<"none" | "chat" | "people" | "act">("none");
  readonly soundBlocked = signal(false);
  /** The first pictures are being asked for. The page stays until then: to build the call's would delay them as long. */
  readonly arriving = signal(false);
  /** This tab plays no sound: another one of the same demonstration does, and two would howl. */
  readonly silent = signal(false);
  readonly notices = signal<readonly Notice[]>([]);
  readonly seenChat = signal(0);
  /** This machine's clock in seconds, once a second while somebody looks. */
  readonly now = signal(Date.now() / 1000);

  readonly serverNow = computed(() => this.now.value + this.call.value.clockOffset);
  readonly unreadChat = computed(() =>
    this.panel.value === "chat" ? 0 : Math.max(0, this.call.value.chat.length - this.seenChat.value),
  );

  private nextNotice = 1;

  constructor() {
    setInterval(() => {
      this.now.value = Date.now() / 1000;
    }, 1_000);
    effect(() => {
      if (this.panel.value === "chat") this.seenChat.value = this.call.value.chat.length;
    });
  }

  apply(event: AnyEvent): void {
    this.call.value = reduce(this.call.value, event, Date.now() / 1000);
  }

  device(source: Source): LocalDevice {
    return this.local.value.get(source) ?? OFF;
  }

  setDevice(source: Source, device: LocalDevice): void {
    this.local.value = new Map(this.local.value).set(source, device);
  }

  toggle(panel: "chat" | "people" | "act"): void {
    this.panel.value = this.panel.value === panel ? "none" : panel;
  }

  say(text: string, kind: Notice["kind"] = "info"): void {
    const id = this.nextNotice++;
    this.notices.value = [...this.notices.value, { id, text, kind }];
    setTimeout(() => this.dismiss(id), NOTICE_MS);
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.value.filter(notice => notice.id !== id);
  }

  /** What was worth saying in the room is not, outside. */
  dismissAll(): void {
    this.notices.value = [];
  }

  /** Another call may begin in this page. */
  startOver(): void {
    batch(() => {
      this.call.value = OUTSIDE;
      this.line.value = "closed";
      this.shutOut.value = null;
      this.arriving.value = false;
      this.remote.value = [];
      this.panel.value = "none";
      this.pinned.value = null;
      this.seenChat.value = 0;
    });
  }
}
