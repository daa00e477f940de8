import type { Channel } from "./channel";
import type { Kept, SessionMemory } from "./memory";
import {
  type AnyCommand,
  type AnyEvent,
  type Done,
  type Envelope,
  type Invited,
  PROTOCOL,
  type Published,
  type VideoCodec,
} from "./messages";

/** The server is starting, or busy with itself: whoever was inside tries again after a while. */
const PASSING = new Set([
  "server-stopping",
  "server-busy",
  "server-draining",
  "store-down",
  "unreachable",
  "http-502",
  "http-503",
  "http-504",
]);
const RETRY_MS = 1_500;
const DOUBT_MS = 700; // an answer takes a round trip and, on a good day, a few milliseconds

type Body<C> = C extends AnyCommand ? Omit<C, "id"> : never;
/** A command without its number. */
export type CommandBody = Body<Exclude<AnyCommand, { type: "join" | "resume" }>>;
export type Answer = Done | Published | Invited;

/** `lost`: the line is cut and is being mended. `over`: the server or the person ended the session. */
export type Line = "closed" | "connecting" | "open" | "lost" | "over";

/** The server refused a command, which so changed nothing. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly detail = "",
  ) {
    super(code);
  }
}

export interface ConnectionListener {
  event(event: AnyEvent): void;
  line(line: Line): void;
  /** Entering itself was refused; nothing follows until `join` is called again. */
  shutOut(code: string): void;
}

export interface Entrance {
  /** A fresh ticket, or the invitation itself. */
  token(): Promise<string>;
  readonly label: string;
  readonly kind: "main" | "camera";
  /** Codecs of the pictures that can be shown here. */
  readonly decodes: readonly VideoCodec[];
}

interface Pending {
  readonly command: AnyCommand;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (refusal: Refusal) => void;
}

/**
 * One session with the server over a line that may break: numbers the commands, sends the unanswered ones again after a
 * cut, comes back by the rotating secret, and joins anew where the server knows the session no more.
 */
export class Connection {
  private readonly pending = new Map<number, Pending>();
  private entrance: Entrance | null = null;
  private kept: Kept | null = null;
  private sent = 1; // the first number is that of `join` or `resume`, however many commands wait behind it
  private last = 0;
  private fresh = false;
  private up = false;
  private welcomed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private doubting: ReturnType<typeof setTimeout> | undefined;
  private state: Line = "closed";

  constructor(
    private readonly channel: Channel,
    private readonly memory: SessionMemory,
    private readonly listener: ConnectionListener,
  ) {}

  /** Enters as a new session; with `kept`, first tries to come back to the one a reload left behind. */
  enter(entrance: Entrance, kept: Kept | null = null): void {
    this.entrance = entrance;
    this.kept = kept;
    this.fresh = kept !== null;
    if (this.state !== "closed") return void this.introduce();
    this.move("connecting");
    this.channel.open({ up: () => this.arrive(), down: () => this.cut(), text: text => this.read(text) });
  }

  /** Sends a command; the promise settles with the server's answer, if need be after the line was mended. */
  command(body: CommandBody): Promise<Answer> {
    if (this.state === "over") return Promise.reject(new Refusal("not-joined"));
    this.sent += 1;
    const command = { ...body, id: this.sent } as AnyCommand;
    return new Promise((resolve, reject) => {
      this.pending.set(command.id, { command, resolve, reject });
      if (this.welcomed) this.send(command);
    });
  }

  hurry(): void {
    if (this.state === "lost") this.channel.hurry();
  }

  /** The way to the server may have broken without a word: unless something comes soon, another one is taken. */
  doubt(): void {
    clearTimeout(this.doubting);
    if (this.state === "open") this.doubting = setTimeout(() => this.channel.renew(), DOUBT_MS);
  }

  /** Drops the session without a word, as when the page goes. */
  close(): void {
    if (this.state !== "over") this.finish();
  }

  private arrive(): void {
    this.up = true;
    this.introduce();
  }

  private introduce(): void {
    clearTimeout(this.retry);
    if (this.kept) this.resume(this.kept);
    else void this.join();
  }

  private resume(kept: Kept): void {
    const { session, secret } = kept;
    const last = this.fresh ? 0 : this.last;
    this.send({ type: "resume", id: this.sent + 1, version: PROTOCOL, session, secret, last, fresh: this.fresh });
  }

  private async join(): Promise<void> {
    const { entrance } = this;
    if (!entrance) return;
    try {
      const token = await entrance.token();
      const { label, kind, decodes } = entrance;
      this.send({ type: "join", id: 1, version: PROTOCOL, token, label, kind, decodes });
    } catch (error) {
      this.notYet(error instanceof Refusal ? error.code : "unreachable");
    }
  }

  /** Whoever was inside does not stand before a closed door because the server has just started. */
  private notYet(code: string): void {
    if (this.state !== "lost" || !PASSING.has(code)) return this.shutOut(code);
    this.retry = setTimeout(() => this.up && this.introduce(), RETRY_MS);
  }

  private cut(): void {
    clearTimeout(this.doubting);
    this.up = false;
    this.welcomed = false;
    if (this.state !== "over") this.move("lost");
  }

  private read(text: string): void {
    clearTimeout(this.doubting);
    const { n, event } = JSON.parse(text) as Envelope;
    if (n !== 0 && n <= this.last) return; // told twice
    if (n !== 0) this.last = n;
    this.handle(event);
  }

  private handle(event: AnyEvent): void {
    switch (event.type) {
      case "welcome":
        return this.welcome(event);
      case "done":
      case "published":
      case "invited":
        return this.settle(event.re, pending => pending.resolve(event));
      case "refused":
        if (!this.welcomed) return this.refusedAtTheDoor(event.code);
        return this.settle(event.re, pending => pending.reject(new Refusal(event.code, event.detail)));
      case "left":
        if (!this.welcomed) return; // the server gave up on a line that was not let in yet; the next one tries again
        if (event.reason === "server-stopping") return this.outlive();
        this.finish();
        return this.listener.event(event);
      default:
        return this.listener.event(event);
    }
  }

  private welcome(event: Extract<AnyEvent, { type: "welcome" }>): void {
    if (this.kept?.session !== event.session) this.last = 0;
    this.kept = { session: event.session, secret: event.secret };
    this.fresh = false;
    this.welcomed = true;
    this.memory.save(this.kept);
    this.listener.event(event);
    this.move("open");
    for (const { command } of this.pending.values()) this.send(command);
  }

  /** The server ends, the visit does not: it is entered anew as soon as there is a server again. */
  private outlive(): void {
    this.forget();
    this.welcomed = false;
    this.move("lost");
  }

  /** The server forgot the session (or it ended): what was pending is lost with it, and the person joins anew. */
  private refusedAtTheDoor(code: string): void {
    if (!this.kept) return this.notYet(code);
    this.forget();
    void this.join();
  }

  private shutOut(code: string): void {
    this.forget();
    this.entrance = null;
    this.listener.shutOut(code);
  }

  private settle(number: number, done: (pending: Pending) => void): void {
    const pending = this.pending.get(number);
    if (!pending) return;
    this.pending.delete(number);
    done(pending);
  }

  private forget(): void {
    this.kept = null;
    this.fresh = false;
    this.sent = 1;
    this.last = 0;
    this.memory.clear();
    for (const { reject } of this.pending.values()) reject(new Refusal("not-joined"));
    this.pending.clear();
  }

  private finish(): void {
    clearTimeout(this.retry);
    clearTimeout(this.doubting);
    this.forget();
    this.move("over");
    this.channel.close();
  }

  private move(line: Line): void {
    if (this.state === line) return;
    this.state = line;
    this.listener.line(line);
  }

  private send(command: AnyCommand): void {
    this.channel.send(JSON.stringify(command));
  }
}
