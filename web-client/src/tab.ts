import { type Kept, ownsSession, SessionMemory } from "./protocol";

/** Where a call is entered: with an invitation, or as a signed-in professional into an act. */
export type Door =
  | { readonly by: "invitation"; readonly token: string }
  | { readonly by: "cookie"; readonly act: string };

/** What the person had switched on before a reload. */
export interface Wishes {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly cameraMuted: boolean;
  readonly microphoneMuted: boolean;
}

const DOOR = "visite.door";
const WISHES = "visite.wishes";
const SESSION = "visite.session";
const DEMO = "visite.demo";

/** What this tab remembers over a reload, and nothing longer: sessionStorage only. */
export class Tab {
  readonly memory: SessionMemory;
  private heard: Promise<boolean> | null = null;

  constructor(
    private readonly storage: Storage,
    private readonly locks: LockManager | undefined,
  ) {
    this.memory = new SessionMemory(storage, SESSION);
  }

  get door(): Door | null {
    const text = this.storage.getItem(DOOR);
    return text === null ? null : (JSON.parse(text) as Door);
  }

  /** Another door than before: what was kept of the session behind the old one is of no use. */
  set door(door: Door) {
    const text = JSON.stringify(door);
    if (this.storage.getItem(DOOR) === text) return;
    this.storage.setItem(DOOR, text);
    this.storage.removeItem(WISHES);
    this.memory.clear();
  }

  get demo(): boolean {
    return this.storage.getItem(DEMO) === "1";
  }

  set demo(demo: boolean) {
    if (demo) this.storage.setItem(DEMO, "1");
    else this.storage.removeItem(DEMO);
  }

  get wishes(): Wishes | null {
    const text = this.storage.getItem(WISHES);
    return text === null ? null : (JSON.parse(text) as Wishes);
  }

  set wishes(wishes: Wishes) {
    this.storage.setItem(WISHES, JSON.stringify(wishes));
  }

  /** The session that a reload left behind, unless this tab is a copy of one that still lives. */
  async session(): Promise<Kept | null> {
    const kept = this.memory.load();
    if (kept === null) return null;
    if (await ownsSession(this.locks, kept.session)) return kept;
    this.memory.clear();
    return null;
  }

  hold(session: string): void {
    void ownsSession(this.locks, session);
  }

  /** Of several demonstration tabs in one browser the first is heard, the others stay silent: together they would howl. */
  firstOfDemo(): Promise<boolean> {
    this.heard ??= ownsSession(this.locks, "demo-sound");
    return this.heard;
  }
}
