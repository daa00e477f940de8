import type { PublishedSource, Source, VideoCodec } from "../protocol";
import { Ending } from "./ending";
import { Mending } from "./mending";
import { Pulse } from "./pulse";
import { Serial } from "./serial";
import {
  allLayers,
  codecOf,
  encodingsOf,
  giveHint,
  kindOf,
  type LocalSources,
  prefer,
  sectionsOf,
  sendLayers,
} from "./sources";

/** What publishing needs of the server: the relay's answer to an offer. */
export interface PublishPort {
  publish(sdp: string, sources: readonly PublishedSource[]): Promise<string>;
  unpublish(): Promise<void>;
}

const RETRY_MS = 1_000; // the relay was away, or the path had just changed
const SILENCE_MS = 1_500; // the relay reports on what it gets twice a second

/**
 * All that this client sends to the relay, over one connection. Each source keeps its own section for ever, a picture one
 * for each codec: switched off it is inactive, switched on again it is the same one. Only a change of the set of sources or
 * of the codec is negotiated; another camera behind a source is not.
 */
export class Publisher {
  private pc: RTCPeerConnection | null = null;
  private readonly sections = new Map<Source, RTCRtpTransceiver>(); // in which each is sent now, or was last
  private readonly all = new Map<string, RTCRtpTransceiver>(); // by source and codec
  private readonly opened = new WeakMap<RTCRtpTransceiver, string[]>(); // with which layers
  private codec: VideoCodec = "vp8";
  private readonly work = new Serial(
    () => this.negotiate(),
    () => this.retry(),
  );
  private readonly mending = new Mending(() => this.restart());
  private pulse = this.newPulse();
  private ending = new Ending();
  private sources: LocalSources = new Map();
  private told: string | null = null; // the sources that the relay was last offered
  private pausing: Promise<void> = Promise.resolve();
  private active = false;
  private iceRestart = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly port: PublishPort,
    private readonly configuration: () => RTCConfiguration,
  ) {}

  get connection(): RTCPeerConnection | null {
    return this.pc;
  }

  update(sources: LocalSources): void {
    this.sources = sources;
    if (this.active) this.work.run();
  }

  start(): void {
    if (this.active) return;
    this.active = true;
    this.work.run();
  }

  /** The network changed or the path broke: the same connection over fresh ICE credentials. */
  restart(): void {
    if (!this.pc) return;
    if (this.pc.connectionState === "closed") return;
    this.iceRestart = true;
    this.work.run();
  }

  /** How much has arrived over this connection so far. */
  heard(bytes: number, now: number): void {
    this.pulse.take(bytes, now, this.active);
  }

  /** The relay forgot this connection: a new one, with the same sources. */
  reset(): void {
    this.drop();
    if (this.active) this.work.run();
  }

  stop(): void {
    if (!this.active) return;
    this.active = false;
    const had = this.pc !== null;
    this.drop();
    if (had) this.port.unpublish().catch(() => undefined); // the session may be over already
  }

  /** In which codecs everybody can be sent pictures, the best liked first. */
  wish(codecs: readonly VideoCodec[]): void {
    const codec = codecOf(codecs);
    if (codec === this.codec) return;
    this.codec = codec;
    if (this.active) this.work.run();
  }

  /** Which layers of a source the relay needs. */
  layers(source: Source, rids: readonly string[]): void {
    const sender = this.sections.get(source)?.sender;
    const { ending } = this;
    if (!sender) return;
    const paused = this.pausing.then(() => ending.of(sendLayers(sender, rids)));
    this.pausing = paused.catch(() => undefined); // the section was closed
  }

  /** The relay wants a sound as RED (RFC 2198), or plainly again: browsers send what its answer names first. */
  renew(): void {
    this.told = null;
    if (this.pc) this.work.run();
  }

  /** What the relay wanted may have been missed: all layers, and another answer. */
  catchUp(): void {
    for (const [source, section] of this.sections) this.layers(source, this.opened.get(section) ?? []);
    this.renew();
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    this.mending.stop();
    this.pulse = this.newPulse();
    this.pc?.close();
    this.pc = null;
    this.ending.come();
    this.ending = new Ending();
    this.sections.clear();
    this.all.clear();
    this.told = null;
    this.iceRestart = false;
  }

  private async negotiate(): Promise<void> {
    if (!this.active || (!this.pc && this.sources.size === 0)) return;
    this.pc ??= this.connect();
    const { pc } = this;
    await this.arrange(pc);
    const wanted = [...this.sources.keys(), this.codec].sort().join();
    const { iceRestart } = this;
    if (wanted === this.told && !iceRestart) return;
    this.iceRestart = false; // the network may change once more meanwhile, or the relay its wishes
    this.told = wanted;
    try {
      await this.exchange(pc, iceRestart);
    } catch (error) {
      this.told = null;
      this.iceRestart ||= iceRestart && pc === this.pc;
      throw error;
    }
  }

  private async exchange(pc: RTCPeerConnection, iceRestart: boolean): Promise<void> {
    const { ending } = this;
    const offer = await ending.of(pc.createOffer({ iceRestart }));
    await ending.of(pc.setLocalDescription(offer));
    const sources = sectionsOf(this.sections, this.sources);
    const answer = await this.port.publish(pc.localDescription?.sdp ?? "", sources);
    if (pc === this.pc) await ending.of(pc.setRemoteDescription({ type: "answer", sdp: answer }));
    else await this.port.unpublish(); // reset meanwhile: the relay waits for a connection that is closed
  }

  private newPulse(): Pulse {
    return new Pulse(SILENCE_MS, () => this.restart());
  }

  private connect(): RTCPeerConnection {
    const pc = new RTCPeerConnection({ ...this.configuration(), bundlePolicy: "max-bundle" });
    pc.addEventListener("connectionstatechange", () => this.mending.observe(pc.connectionState));
    return pc;
  }

  private async arrange(pc: RTCPeerConnection): Promise<void> {
    const { ending } = this;
    for (const [source, { track }] of this.sources) {
      giveHint(source, track);
      const section = this.sectionOf(pc, source, track);
      if (section.sender.track !== track) await ending.of(section.sender.replaceTrack(track));
      if (section.direction !== "sendonly") section.direction = "sendonly";
    }
    const used = new Set([...this.sources.keys()].map(source => this.sections.get(source)));
    for (const section of this.all.values()) {
      if (used.has(section) || section.direction === "inactive") continue;
      section.direction = "inactive";
      await ending.of(section.sender.replaceTrack(null));
    }
  }

  /** Another one for another codec: browsers keep the layers with which a section was opened. */
  private sectionOf(pc: RTCPeerConnection, source: Source, track: MediaStreamTrack): RTCRtpTransceiver {
    const name = kindOf(source) === "video" ? `${source} ${this.codec}` : source;
    const section = this.all.get(name) ?? this.open(pc, source, track);
    this.all.set(name, section);
    this.sections.set(source, section);
    return section;
  }

  private open(pc: RTCPeerConnection, source: Source, track: MediaStreamTrack): RTCRtpTransceiver {
    const sendEncodings = encodingsOf(source, track, this.codec);
    const section = pc.addTransceiver(track, { direction: "sendonly", sendEncodings });
    this.opened.set(section, allLayers(sendEncodings));
    if (kindOf(source) === "video") prefer(section, this.codec);
    return section;
  }

  private retry(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.active && this.work.run(), RETRY_MS);
  }
}
