import { t } from "./i18n";
import {
  chime,
  decodable,
  Exchange,
  type ExchangePort,
  LineReport,
  type LocalDevice,
  LocalMedia,
  QualityGauge,
  Screen,
} from "./media";
import {
  type Answer,
  type AnyEvent,
  type Api,
  ApiError,
  type Channel,
  type CommandBody,
  Connection,
  type ConsentAnswer,
  type Entry,
  type IdentityMethod,
  type Invited,
  type Published,
  type Purpose,
  Refusal,
  type Source,
} from "./protocol";
import { comesToPictures, type News, newsBetween, type Store } from "./state";
import type { Door, Tab } from "./tab";

const TICKET_LIFE_MS = 90_000; // the server's are good for two minutes

/**
 * One person's visit to an act, from the join page to the end: lets the server's events change the store, hands media
 * events to the exchange, and turns what a person does on the screens into commands.
 */
export class Visit {
  readonly local: LocalMedia;
  readonly screen: Screen;
  private readonly exchange: Exchange;
  private readonly gauge: QualityGauge;
  private readonly report = new LineReport((round_trip_ms, received) => {
    if (this.store.line.value !== "open") return; // figures of a moment wait for nobody
    void this.command({ type: "quality", round_trip_ms, received }).catch(() => undefined); // the next one tells it again
  });
  private connection: Connection | null = null;
  private session = "";
  private entry: { readonly value: Entry; readonly at: number } | null = null;

  constructor(
    private readonly store: Store,
    private readonly api: Api,
    private readonly tab: Tab,
    private readonly openChannel: () => Channel,
  ) {
    this.screen = new Screen(async pictures => void (await this.command({ type: "show", pictures })));
    this.exchange = new Exchange(this.port(), tracks => {
      store.remote.value = tracks;
      this.screen.receive(tracks);
    });
    this.local = new LocalMedia({
      changed: (source, device) => this.deviceChanged(source, device),
      unplugged: (source, replaced) => this.unplugged(source, replaced),
    });
    this.gauge = new QualityGauge(
      () => this.exchange.connections,
      quality => {
        store.quality.value = quality;
        this.report.take(quality, store.remote.value, Date.now());
      },
      (connection, bytes, now) => this.exchange.heard(connection, bytes, now),
    );
    this.watchNetwork();
  }

  // -- entering ----------------------------------------------------------------------------------------------------

  /** Learns who the person at this door is and which act lies behind it. */
  async look(door: Door): Promise<void> {
    const value =
      door.by === "invitation" ? await this.api.entryWithInvitation(door.token) : await this.api.entryToAct(door.act);
    this.entry = { value, at: Date.now() };
    this.store.entry.value = value;
    this.exchange.warmUp();
    if (this.tab.demo) this.demonstrate(value.name);
  }

  /** After a reload in the middle of a call: straight back, with what was switched on. Says whether there was one. */
  async comeBack(door: Door): Promise<boolean> {
    const kept = await this.tab.session();
    if (!kept) return false;
    const looking = this.look(door).catch(() => undefined); // the names on the screen come with the welcome as well
    this.connect(door).enter(this.entrance(door), kept);
    if (this.tab.demo) await looking;
    this.reopenDevices();
    return true;
  }

  enter(door: Door): void {
    this.store.shutOut.value = null;
    this.rememberWishes();
    this.connect(door).enter(this.entrance(door));
  }

  async leave(): Promise<void> {
    await this.command({ type: "leave" }).catch(() => this.connection?.close());
  }

  /** Forgets the call that is over, so that the join page can be shown again. */
  startOver(): void {
    this.connection?.close();
    this.connection = null;
    this.gauge.stop();
    this.report.startOver();
    this.exchange.startOver();
    this.store.startOver();
  }

  /** The person turned to another page: out of the room, and camera and microphone off. */
  abandon(): void {
    void this.leave();
    this.startOver();
    this.local.closeAll();
  }

  // -- what a person does in the room --------------------------------------------------------------------------------

  admit = (seat: string) => this.act({ type: "admit", seat });
  turnAway = (seat: string) => this.act({ type: "turn_away", seat });
  remove = (seat: string) => this.act({ type: "remove", seat });
  advance = (event: string) => this.act({ type: "advance", event });
  end = () => this.act({ type: "end" });
  record = (on: boolean) => this.act({ type: "record", on });
  checkIdentity = (method: IdentityMethod, confirmed: boolean) =>
    this.act({ type: "check_identity", method, confirmed });
  consent = (purpose: Purpose, value: ConsentAnswer, seat?: string, how = "") =>
    this.act({ type: "consent", purpose, value, how, ...(seat === undefined ? {} : { seat }) });

  say = (text: string) => this.act({ type: "chat", text });

  async invite(role: string, name: string): Promise<string | null> {
    const answer = await this.act({ type: "invite", role, name });
    return answer ? (answer as Invited).url : null;
  }

  async answerTakeover(accept: boolean): Promise<void> {
    const { call } = this.store;
    call.value = { ...call.value, takeover: null };
    await this.act({ type: "answer_takeover", accept });
  }

  mute(source: Source, muted: boolean): void {
    this.local.mute(source, muted);
    this.rememberWishes();
  }

  // -- within ------------------------------------------------------------------------------------------------------

  private connect(door: Door): Connection {
    this.connection ??= new Connection(this.openChannel(), this.tab.memory, {
      event: event => this.take(event),
      line: line => {
        this.store.line.value = line;
      },
      shutOut: code => this.shutOut(code, door),
    });
    return this.connection;
  }

  private entrance(door: Door) {
    return { token: () => this.ticket(door), label: deviceLabel(), kind: "main" as const, decodes: decodable() };
  }

  private async ticket(door: Door): Promise<string> {
    const fresh = this.entry && Date.now() - this.entry.at < TICKET_LIFE_MS;
    try {
      if (!fresh) await this.look(door);
    } catch (error) {
      throw new Refusal(error instanceof ApiError ? error.code : "unreachable");
    }
    const { ticket = "" } = this.entry?.value ?? {};
    this.entry = null; // a ticket is used once
    return ticket;
  }

  private shutOut(code: string, door: Door): void {
    this.startOver();
    this.store.shutOut.value = code;
    this.look(door).catch(() => undefined); // the join page already says why
  }

  private take(event: AnyEvent): void {
    const before = this.store.call.value;
    if (event.type === "welcome" && this.session !== "" && event.session !== this.session) {
      this.exchange.startOver();
      this.screen.startOver();
    }
    const missed = event.type === "welcome" && event.session === this.session && !event.resumed;
    if (event.type === "welcome") this.session = event.session;
    this.store.apply(event);
    if (comesToPictures(before, this.store.call.value)) this.arrive();
    this.toMedia(event);
    if (missed) this.exchange.catchUp();
    for (const news of newsBetween(before, this.store.call.value)) this.announce(news);
  }

  private arrive(): void {
    this.store.arriving.value = true;
    void this.exchange.expect().then(() => {
      this.store.arriving.value = false;
    });
  }

  private toMedia(event: AnyEvent): void {
    switch (event.type) {
      case "welcome":
        this.tab.hold(event.session);
        this.exchange.prepare(event.ice_servers);
        this.gauge.start();
        break;
      case "ice_servers":
        return this.exchange.prepare(event.servers);
      case "subscribe":
        return this.exchange.subscribe(event);
      case "signal":
        return this.exchange.signalled(event);
      case "redundancy":
        return this.exchange.renew();
      case "layers":
        return this.exchange.layers(event.source, event.rids);
      case "media_reset":
        return this.exchange.reset();
      case "left":
        return this.over();
      default:
    }
    const { outcome, path } = this.store.call.value;
    if (outcome === "present") this.exchange.follow(path);
  }

  private over(): void {
    this.connection = null;
    this.store.dismissAll();
    this.gauge.stop();
    this.exchange.close();
    this.local.closeAll();
  }

  private async act(body: CommandBody): Promise<Answer | null> {
    try {
      return await this.command(body);
    } catch (error) {
      const over = this.connection === null; // nobody waits for the answer any more: the act has ended, say
      if (!over) this.store.say(t().refusal(error instanceof Refusal ? error.code : "unknown"), "warning");
      return null;
    }
  }

  private command(body: CommandBody): Promise<Answer> {
    return this.connection?.command(body) ?? Promise.reject(new Refusal("not-joined"));
  }

  private port(): ExchangePort {
    const quietly = async (body: CommandBody) => void (await this.command(body));
    return {
      publish: async (sdp, sources) => ((await this.command({ type: "publish", sdp, sources })) as Published).sdp,
      unpublish: () => quietly({ type: "unpublish" }),
      mute: (source, muted) => quietly({ type: "mute", source, muted }),
      answerSubscribe: (number, sdp) => quietly({ type: "answer_subscribe", number, sdp }),
      resubscribe: keep => {
        if (keep) this.connection?.doubt(); // what broke the path may have broken the line to the server as well
        return quietly({ type: "resubscribe", keep });
      },
      signal: (number, kind, body, sources) => quietly({ type: "signal", number, kind, body, sources }),
      directState: (number, state) => quietly({ type: "direct_state", number, state }),
    };
  }

  private deviceChanged(source: Source, device: LocalDevice): void {
    this.store.setDevice(source, device);
    this.exchange.set(source, device.track ? { track: device.track, muted: device.muted } : null);
    if (this.connection) this.rememberWishes();
  }

  private unplugged(source: Source, replaced: boolean): void {
    const camera = source === "camera";
    if (replaced) this.store.say(camera ? t().devices.cameraReplaced : t().devices.microphoneReplaced);
    else this.store.say(camera ? t().devices.cameraGone : t().devices.microphoneGone, "warning");
  }

  private rememberWishes(): void {
    const [camera, microphone] = [this.local.get("camera"), this.local.get("microphone")];
    this.tab.wishes = {
      camera: camera.track !== null,
      microphone: microphone.track !== null,
      cameraMuted: camera.muted,
      microphoneMuted: microphone.muted,
    };
  }

  reopenDevices(): void {
    const { wishes } = this.tab;
    if (!wishes) return;
    this.local.mute("camera", wishes.cameraMuted);
    this.local.mute("microphone", wishes.microphoneMuted);
    if (wishes.camera) void this.local.openCamera();
    if (wishes.microphone) void this.local.openMicrophone();
  }

  private demonstrate(name: string): void {
    this.local.allowTestPicture(name);
    void this.tab.firstOfDemo().then(heard => {
      if (heard || this.store.silent.value) return;
      this.store.silent.value = true;
      this.local.mute("microphone", true);
    });
  }

  private announce(news: News): void {
    this.store.say(t().news(news), news.what === "recording-refused" || news.what === "lost" ? "warning" : "info");
    if (news.what === "recording-on" && !this.store.silent.value) chime();
  }

  private watchNetwork(): void {
    const changed = () => {
      this.connection?.hurry();
      this.exchange.networkChanged();
    };
    addEventListener("online", changed);
    (navigator as { connection?: EventTarget }).connection?.addEventListener("change", changed);
  }
}

/** How this device is called on the screen of the other one: "Chromium · Linux". */
function deviceLabel(): string {
  const agent = navigator.userAgent;
  const find = (names: readonly string[]) => names.find(name => agent.includes(name)) ?? "";
  const browser = find(["Firefox", "Edg", "Chrome", "Safari"]).replace("Edg", "Edge");
  const system = find(["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]);
  return [browser, system].filter(part => part !== "").join(" · ");
}
