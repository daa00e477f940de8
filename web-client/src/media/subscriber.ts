import type { ReceivedTrack, Subscribe } from "../protocol";
import { Ending } from "./ending";
import { Mending } from "./mending";
import { Milestone } from "./milestone";
import { Pulse } from "./pulse";
import type { RemoteTrack } from "./sources";

/** What receiving needs of the server. */
export interface SubscribePort {
  answerSubscribe(number: number, sdp: string): Promise<void>;
  /** `keep`: the same connection over fresh ICE credentials. */
  resubscribe(keep: boolean): Promise<void>;
}

const SILENCE_MS = 1_500; // the relay reports once a second on each thing it sends, even while nothing is sent

/**
 * All that this client receives from the relay. The relay offers, this answers, one offer after the other; whose track is
 * whose comes with the offer and never from the SDP. The connection exists before the first offer, so that its certificate
 * does not delay the first picture.
 */
export class Subscriber {
  private pc: RTCPeerConnection | null = null;
  private number = -1;
  private reaching = new Milestone();
  private seen = new Milestone();
  private queue: Promise<void> = Promise.resolve();
  private readonly mending = new Mending(again => (again ? this.renew() : this.restart()));
  private pulse = this.newPulse();
  private ending = new Ending();
  private receives = false;

  constructor(
    private readonly port: SubscribePort,
    private readonly configuration: () => RTCConfiguration,
    private readonly changed: (tracks: readonly RemoteTrack[]) => void,
  ) {}

  get connection(): RTCPeerConnection | null {
    return this.pc;
  }

  /** A connection for the first offer, with what is known by now of how to reach the relay. */
  prepare(): void {
    if (this.pc && this.number === -1) this.pc.setConfiguration(this.settings());
    this.pc ??= this.connect();
  }

  /** Until the relay is being reached, or (ms) so long without. */
  reached(patience: number): Promise<void> {
    return this.reaching.within(patience);
  }

  /** Until the first picture arrives, or (ms) so long without. */
  begun(patience: number): Promise<void> {
    return this.seen.within(patience);
  }

  offer(offer: Subscribe): void {
    this.queue = this.queue.then(() => this.take(offer)).catch(() => this.renew());
  }

  /** The network changed or the path broke: asks for the same connection over fresh ICE credentials. */
  restart(): void {
    if (this.number >= 0) this.port.resubscribe(true).catch(() => undefined); // tried again while it stays broken
  }

  /** How much has arrived over this connection so far. */
  heard(bytes: number, now: number): void {
    this.pulse.take(bytes, now, this.receives);
  }

  /** Asks for a new receiving connection: this one is broken. */
  renew(): void {
    this.mending.stop();
    if (this.number >= 0) this.catchUp();
  }

  /** An offer may have been missed, be it the first one. */
  catchUp(): void {
    this.port.resubscribe(false).catch(() => undefined); // a cut line: the welcome brings a new offer
  }

  close(): void {
    this.mending.stop();
    this.pulse = this.newPulse();
    this.receives = false;
    this.pc?.close();
    this.pc = null;
    this.ending.come();
    this.ending = new Ending();
    this.number = -1;
    this.reaching = new Milestone();
    this.seen = new Milestone();
  }

  private async take(offer: Subscribe): Promise<void> {
    const pc = this.connectionFor(offer.connection);
    const { ending } = this;
    await ending.of(pc.setRemoteDescription({ type: "offer", sdp: offer.sdp }));
    await ending.of(pc.setLocalDescription());
    if (pc !== this.pc) return; // closed meanwhile
    const answered = this.port.answerSubscribe(offer.number, pc.localDescription?.sdp ?? ""); // first, for the path begins with it
    this.receives = offer.tracks.length > 0;
    this.changed(tracksOf(offer.tracks, pc.getTransceivers()));
    await answered;
  }

  private connectionFor(number: number): RTCPeerConnection {
    const usable = this.pc !== null && (this.number === -1 || this.number === number);
    if (!usable) {
      this.close();
      this.pc = this.connect();
    }
    this.number = number;
    this.pc ??= this.connect();
    return this.pc;
  }

  private newPulse(): Pulse {
    return new Pulse(SILENCE_MS, () => this.restart());
  }

  private settings(): RTCConfiguration {
    return { ...this.configuration(), bundlePolicy: "max-bundle" };
  }

  private connect(): RTCPeerConnection {
    const pc = new RTCPeerConnection(this.settings());
    pc.addEventListener("connectionstatechange", () => this.mending.observe(pc.connectionState));
    pc.addEventListener("iceconnectionstatechange", () => this.reaching.reach());
    pc.addEventListener("track", ({ track }) => {
      if (track.kind === "video") track.addEventListener("unmute", () => this.seen.reach(), { once: true });
    });
    return pc;
  }
}

/** The tracks that the server named, each with the receiver of its section. */
export function tracksOf(
  named: readonly ReceivedTrack[],
  transceivers: readonly Pick<RTCRtpTransceiver, "mid" | "receiver">[],
): RemoteTrack[] {
  const byMid = new Map(transceivers.map(transceiver => [transceiver.mid, transceiver.receiver.track]));
  return named.flatMap(({ mid, seat, source, device, companion }) => {
    const track = byMid.get(mid);
    return track
      ? [{ seat, source, device: companion ? device : "", origin: device, track, via: "relay" as const }]
      : [];
  });
}
