import type { IceServer, PathState, Signalled, Source, Subscribe } from "../protocol";
import { DirectConnection, type SignalPort } from "./direct";
import { flowingTracks, oneOfEach, promotionComplete, shownDuringPromotion } from "./promotion";
import { Publisher, type PublishPort } from "./publisher";
import type { LocalSource, LocalSources, RemoteTrack } from "./sources";
import { type SubscribePort, Subscriber } from "./subscriber";

export interface ExchangePort extends PublishPort, SubscribePort, SignalPort {
  mute(source: Source, muted: boolean): Promise<void>;
}

const NOWHERE: PathState = { path: "none", number: 0, reason: "", offers: false, other: null, codecs: [] };
const PROMOTION_POLL_MS = 40;
const PROMOTION_LIMIT_MS = 8_000; // then the direct connection is of no use any more
const HEAD_START_MS = 600; // of what others send: negotiating both at once delays the first picture most
const FAREWELL_MS = 2_000; // the other side may still be waiting for its first relayed frame of ours

/** What this client sends and receives, by whichever path the server says. */
export class Exchange {
  private readonly publisher: Publisher;
  private readonly subscriber: Subscriber;
  private sources: LocalSources = new Map();
  private path: PathState = NOWHERE;
  private direct: DirectConnection | null = null;
  private directTracks: readonly RemoteTrack[] = [];
  private relayedTracks: readonly RemoteTrack[] = [];
  private flowing: ReadonlySet<MediaStreamTrack> = new Set();
  private iceServers: readonly IceServer[] = [];
  private promotion: ReturnType<typeof setInterval> | undefined;
  private farewell: ReturnType<typeof setTimeout> | undefined;
  private headStart = 0;

  constructor(
    private readonly port: ExchangePort,
    private readonly changed: (tracks: readonly RemoteTrack[]) => void,
  ) {
    const configuration = () => this.configuration();
    this.publisher = new Publisher(port, configuration);
    this.subscriber = new Subscriber(port, configuration, tracks => {
      this.relayedTracks = tracks;
      this.show();
    });
  }

  /** Every connection that carries media now, for the statistics. */
  get connections(): RTCPeerConnection[] {
    const all = [this.publisher.connection, this.subscriber.connection, this.direct?.connection];
    return all.filter(pc => pc !== null && pc !== undefined);
  }

  /** Makes ready whatever can be before anybody is called: the first connection of a page takes its time. */
  warmUp(): void {
    this.subscriber.prepare();
  }

  prepare(iceServers: readonly IceServer[]): void {
    this.iceServers = iceServers;
    const configuration: RTCConfiguration = { ...this.configuration(), bundlePolicy: "max-bundle" };
    for (const pc of this.connections) pc.setConfiguration(configuration); // its next ICE restart goes by these
    this.subscriber.prepare();
  }

  /** A source begins, changes its track or its muting, or (null) ends. */
  set(source: Source, local: LocalSource | null): void {
    const before = this.sources.get(source);
    const sources = new Map(this.sources);
    if (local) sources.set(source, local);
    else sources.delete(source);
    this.sources = sources;
    if (before && local && before.muted !== local.muted && this.path.path !== "none") {
      this.port.mute(source, local.muted).catch(() => undefined); // told again with the next offer
    }
    this.publisher.update(sources);
    this.direct?.update(sources);
  }

  follow(path: PathState): void {
    this.publisher.wish(path.codecs);
    if (path.number === this.path.number && path.path === this.path.path) return;
    this.path = path;
    if (path.path === "direct") this.goDirect(path);
    else if (path.path === "relay") this.goRelay();
    else this.goNowhere();
  }

  /** Others send already, and their pictures come first: settles when they can arrive. */
  expect(): Promise<void> {
    this.headStart = HEAD_START_MS;
    return this.subscriber.reached(HEAD_START_MS);
  }

  subscribe(offer: Subscribe): void {
    this.subscriber.offer(offer);
  }

  signalled(signal: Signalled): void {
    if (signal.number === this.direct?.number) this.direct.signalled(signal);
  }

  /** The relay lost our connections; the new receiving offer comes by itself. */
  reset(): void {
    this.publisher.reset();
  }

  /** The network under us changed. */
  networkChanged(): void {
    if (this.path.path !== "relay") return;
    this.publisher.restart();
    this.subscriber.restart();
  }

  /** How much has arrived over one of the connections so far. */
  heard(connection: RTCPeerConnection, bytes: number, now: number): void {
    const owners = [this.publisher, this.subscriber, this.direct];
    owners.find(owner => owner?.connection === connection)?.heard(bytes, now);
  }

  /** Which layers of one of our sources the relay needs. */
  layers(source: Source, rids: readonly string[]): void {
    this.publisher.layers(source, rids);
  }

  /** A sound of ours is to be sent twice from now on, or no longer. */
  renew(): void {
    this.publisher.renew();
  }

  /** Events were missed while the line was cut, among them perhaps the relay's offer. */
  catchUp(): void {
    if (this.path.path !== "relay") return;
    this.subscriber.catchUp();
    this.publisher.catchUp();
  }

  /** Forgets what the server knew of this client's media: a new session begins. */
  startOver(): void {
    this.close();
    this.path = NOWHERE;
    this.publisher.update(this.sources);
  }

  close(): void {
    this.publisher.stop();
    this.subscriber.close();
    this.relayedTracks = [];
    this.endDirect();
  }

  private configuration(): RTCConfiguration {
    return {
      iceServers: this.iceServers.map(({ urls, username, credential }) => ({ urls: [...urls], username, credential })),
    };
  }

  private goDirect(path: PathState): void {
    this.endDirect();
    this.publisher.stop();
    this.direct = new DirectConnection(path, this.sources, this.configuration(), this.port, tracks => {
      this.directTracks = tracks;
      this.show();
    });
  }

  private goRelay(): void {
    if (!this.direct) {
      void this.subscriber.begun(this.headStart).then(() => this.path.path === "relay" && this.publisher.start());
      return;
    }
    this.publisher.start();
    const limit = Date.now() + PROMOTION_LIMIT_MS;
    clearInterval(this.promotion);
    this.promotion = setInterval(() => void this.promote(limit), PROMOTION_POLL_MS);
  }

  private goNowhere(): void {
    this.publisher.stop();
    this.endDirect();
  }

  private async promote(limit: number): Promise<void> {
    const stats = await this.subscriber.connection?.getStats();
    const flowing = flowingTracks(stats?.values() ?? [], this.relayedTracks);
    if (flowing.size > this.flowing.size) {
      this.flowing = flowing;
      this.show();
    }
    const complete = promotionComplete(this.directTracks, this.relayedTracks, this.flowing);
    if (!complete && Date.now() < limit) return;
    clearInterval(this.promotion);
    clearTimeout(this.farewell);
    this.farewell = setTimeout(() => this.endDirect(), complete ? FAREWELL_MS : 0);
  }

  private endDirect(): void {
    clearInterval(this.promotion);
    clearTimeout(this.farewell);
    this.direct?.close();
    this.direct = null;
    this.directTracks = [];
    this.flowing = new Set();
    this.show();
  }

  private show(): void {
    const { direct, directTracks, relayedTracks, flowing } = this;
    this.changed(oneOfEach(direct ? shownDuringPromotion(directTracks, relayedTracks, flowing) : relayedTracks));
  }
}
