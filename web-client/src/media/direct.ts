import type { PathState, PublishedSource, Signalled, Source } from "../protocol";
import { Pulse } from "./pulse";
import { encodingOf, giveHint, kindOf, type LocalSources, prefer, type RemoteTrack, sectionsOf } from "./sources";

/** What a direct connection needs of the server, which passes everything on to the other person unread. */
export interface SignalPort {
  signal(number: number, kind: Signalled["kind"], body: string, sources: readonly PublishedSource[]): Promise<void>;
  directState(number: number, state: "connected" | "failed"): Promise<void>;
}

const TIME_TO_CONNECT_MS = 5_000;
const TIME_TO_RECOVER_MS = 2_500;
const SILENCE_MS = 1_000; // fifty packets of sound

/**
 * One connection between two browsers, which both send on. Either may renegotiate (a screen share begins); when both do at
 * once, the one that offered first wins and the other takes its own offer back ("perfect negotiation").
 */
export class DirectConnection {
  readonly connection: RTCPeerConnection;
  private readonly sections = new Map<Source, RTCRtpTransceiver>();
  private readonly early: RTCIceCandidateInit[] = [];
  private theirs: readonly PublishedSource[] = [];
  private sources: LocalSources;
  private offering = false;
  private begun = false;
  private reported: "connected" | "failed" | null = null;
  private queue: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout>;
  private readonly pulse = new Pulse(SILENCE_MS, () => this.report("failed"));

  constructor(
    private readonly path: PathState,
    sources: LocalSources,
    configuration: RTCConfiguration,
    private readonly port: SignalPort,
    private readonly changed: (tracks: readonly RemoteTrack[]) => void,
  ) {
    this.sources = sources;
    this.connection = new RTCPeerConnection({ ...configuration, bundlePolicy: "max-bundle" });
    this.listen();
    this.timer = setTimeout(() => this.report("failed"), TIME_TO_CONNECT_MS);
    if (path.offers) this.begin();
  }

  get number(): number {
    return this.path.number;
  }

  update(sources: LocalSources): void {
    this.sources = sources;
    if (this.begun) this.enqueue(() => this.arrange());
  }

  signalled(signal: Signalled): void {
    this.enqueue(() => this.take(signal));
  }

  /** How much has arrived over this connection so far. A microphone sends whether it is muted or not. */
  heard(bytes: number, now: number): void {
    const speaks = this.theirs.some(({ source, muted }) => !muted || kindOf(source) === "audio");
    this.pulse.take(bytes, now, speaks && this.reported === "connected");
  }

  close(): void {
    clearTimeout(this.timer);
    this.connection.close();
  }

  private listen(): void {
    const pc = this.connection;
    pc.addEventListener("negotiationneeded", () => this.begun && this.enqueue(() => this.offer()));
    pc.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate) this.send("candidate", JSON.stringify(candidate.toJSON()));
    });
    pc.addEventListener("connectionstatechange", () => this.observe(pc.connectionState));
  }

  /** Room for a voice and a picture each way, whatever this side can send, so that one round trip is enough. */
  private begin(): void {
    this.begun = true;
    for (const source of ["microphone", "camera"] as const) {
      const track = this.sources.get(source)?.track;
      this.open(source, track ?? null);
    }
    this.enqueue(() => this.arrange());
  }

  private open(source: Source, track: MediaStreamTrack | null): void {
    const init: RTCRtpTransceiverInit = {
      direction: track ? "sendrecv" : "recvonly",
      sendEncodings: [encodingOf(source)],
    };
    const section = this.connection.addTransceiver(track ?? kindOf(source), init);
    if (kindOf(source) === "video") prefer(section, "vp8");
    this.sections.set(source, section);
  }

  private async arrange(): Promise<void> {
    for (const [source, { track }] of this.sources) {
      giveHint(source, track);
      const section = this.sections.get(source);
      if (!section) this.open(source, track);
      else await this.give(section, track);
    }
    for (const [source, section] of this.sections) {
      if (!this.sources.has(source) && section.sender.track) await this.give(section, null);
    }
  }

  private async give(section: RTCRtpTransceiver, track: MediaStreamTrack | null): Promise<void> {
    if (section.sender.track !== track) await section.sender.replaceTrack(track);
    const direction = track ? "sendrecv" : "recvonly";
    if (section.direction !== direction) section.direction = direction;
  }

  private async offer(): Promise<void> {
    const pc = this.connection;
    if (pc.signalingState !== "stable") return; // negotiationneeded comes again when it is
    this.offering = true;
    try {
      await pc.setLocalDescription(await pc.createOffer());
      this.send("offer", pc.localDescription?.sdp ?? "");
    } finally {
      this.offering = false;
    }
  }

  private async take(signal: Signalled): Promise<void> {
    const pc = this.connection;
    if (signal.kind === "candidate") return this.candidate(JSON.parse(signal.body) as RTCIceCandidateInit);
    const collision = signal.kind === "offer" && (this.offering || pc.signalingState !== "stable");
    if (collision && this.path.offers) return; // ours stands; the other side takes its own back
    await pc.setRemoteDescription({ type: signal.kind, sdp: signal.body });
    this.theirs = signal.sources;
    if (signal.kind === "offer") await this.answer();
    this.tell();
    await this.catchUp();
  }

  private async answer(): Promise<void> {
    const pc = this.connection;
    this.claim();
    this.begun = true;
    await this.arrange();
    await pc.setLocalDescription(await pc.createAnswer());
    this.send("answer", pc.localDescription?.sdp ?? "");
  }

  /** Our own voice and picture go into the sections that the other side opened, instead of new ones. */
  private claim(): void {
    const taken = new Set(this.sections.values());
    for (const source of ["microphone", "camera"] as const) {
      const free = this.connection
        .getTransceivers()
        .find(section => !taken.has(section) && section.receiver.track.kind === kindOf(source));
      if (this.sections.has(source) || !free) continue;
      this.sections.set(source, free);
      taken.add(free);
    }
  }

  private async candidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.connection.remoteDescription) await this.connection.addIceCandidate(candidate);
    else this.early.push(candidate);
  }

  private async catchUp(): Promise<void> {
    for (const candidate of this.early.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  private tell(): void {
    const { other } = this.path;
    const byMid = new Map(this.connection.getTransceivers().map(({ mid, receiver }) => [mid, receiver.track]));
    this.changed(
      this.theirs.flatMap(({ mid, source }) => {
        const track = byMid.get(mid);
        return track && other ? [{ seat: other, source, device: "", origin: "", track, via: "direct" as const }] : [];
      }),
    );
  }

  private observe(state: RTCPeerConnectionState): void {
    clearTimeout(this.timer);
    if (state === "connected") this.report("connected");
    if (state === "failed") this.report("failed");
    if (state === "disconnected") this.timer = setTimeout(() => this.report("failed"), TIME_TO_RECOVER_MS);
    if (state === "connecting" || state === "new")
      this.timer = setTimeout(() => this.report("failed"), TIME_TO_CONNECT_MS);
  }

  private report(state: "connected" | "failed"): void {
    if (this.reported === state || this.reported === "failed") return;
    this.reported = state;
    this.port.directState(this.number, state).catch(() => undefined); // the path has moved on already
  }

  private send(kind: Signalled["kind"], body: string): void {
    const sources = kind === "candidate" ? [] : sectionsOf(this.sections, this.sources);
    this.port.signal(this.number, kind, body, sources).catch(() => undefined); // the path has moved on already
  }

  private enqueue(step: () => Promise<void>): void {
    this.queue = this.queue.then(step).catch(() => {
      if (this.connection.signalingState !== "closed") this.report("failed"); // the relay does it instead
    });
  }
}
