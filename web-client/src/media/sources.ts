import type { MediaKind, PublishedSource, Source, VideoCodec } from "../protocol";

declare global {
  interface RTCRtpEncodingParameters {
    scalabilityMode?: string; // https://www.w3.org/TR/webrtc-svc/; the compiler's library has it not yet
  }
}

/** A source of this client: the track behind it may change (another camera) without the others noticing. */
export interface LocalSource {
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
}

export type LocalSources = ReadonlyMap<Source, LocalSource>;

/** A source of somebody else that arrives here. */
export interface RemoteTrack {
  readonly seat: string;
  readonly source: Source;
  /** Which of her devices, if it is one beside her main one; else empty. */
  readonly device: string;
  /** The device that sends it, whichever it is; empty on a direct path. */
  readonly origin: string;
  readonly track: MediaStreamTrack;
  readonly via: "relay" | "direct";
}

/** The place of a picture or sound, which keeps it while the track or the main device behind it changes. */
export function slotOf({ seat, source, device }: Pick<RemoteTrack, "seat" | "source" | "device">): string {
  return device === "" ? `${seat} ${source}` : `${seat} ${source} ${device}`;
}

export function kindOf(source: Source): MediaKind {
  return source === "microphone" || source === "screen_sound" ? "audio" : "video";
}

/** bit/s at most. A picture shown for its details (a wound, a scan) may take more than a face. */
const MAX_BITRATE: Record<Source, number> = {
  microphone: 48_000,
  screen_sound: 96_000,
  camera: 2_000_000,
  detail: 3_000_000,
  screen: 2_500_000,
};

/** What the encoder should favour when it cannot have both: movement in a camera, sharpness in a detail or a screen. */
const CONTENT_HINT: Record<Source, string> = {
  microphone: "speech",
  screen_sound: "music",
  camera: "motion",
  detail: "detail",
  screen: "detail",
};

/** In one layer. */
export function encodingOf(source: Source): RTCRtpEncodingParameters {
  return { maxBitrate: MAX_BITRATE[source] };
}

/** Of a camera's simulcast, best first: each layer has half the width and height of the one before. */
const LAYERS = [
  { rid: "f", scale: 1, share: 1 },
  { rid: "h", scale: 2, share: 1 / 4 },
  { rid: "q", scale: 4, share: 1 / 12 },
];
const LEAST_SIDE = 240; // px of the longer side; a smaller layer shows nothing that a face needs

/**
 * A camera is sent in layers, for some show it large and some small; what is looked at for its details only whole. In VP8
 * each layer is a stream, in VP9 and AV1 one stream has them all.
 */
export function encodingsOf(source: Source, track: MediaStreamTrack, codec: VideoCodec): RTCRtpEncodingParameters[] {
  const most = MAX_BITRATE[source];
  const { width = 0, height = 0 } = sizeOf(track);
  const fitting = LAYERS.filter(({ scale }) => Math.max(width, height) / scale >= LEAST_SIDE);
  const layers = source === "camera" ? fitting : [];
  if (kindOf(source) === "video" && codec !== "vp8")
    return [{ ...encodingOf(source), scalabilityMode: scalabilityOf(layers.length) }];
  if (layers.length < 2) return [encodingOf(source)];
  return layers.map(({ rid, scale, share }) => ({
    rid,
    scaleResolutionDownBy: scale,
    maxBitrate: Math.round(most * share),
  }));
}

/** Of a picture as it is captured, where that is known. */
function sizeOf(track: MediaStreamTrack): { width?: number; height?: number } {
  const { width, height } = track.getSettings?.() ?? {};
  return width && height ? { width: Math.round(width), height: Math.round(height) } : {};
}

/** So many sizes, which depend on each other in key frames only, and three frame rates. */
function scalabilityOf(sizes: number): string {
  return sizes < 2 ? "L1T3" : `L${sizes}T3_KEY`;
}

/** Sends the layers that are named, and pauses the others; those of one stream are named by how often they are halved. */
export async function sendLayers(sender: RTCRtpSender, rids: readonly string[]): Promise<void> {
  const parameters = sender.getParameters();
  const [only] = parameters.encodings;
  if (only?.scalabilityMode && only.rid === undefined) {
    const halvings = rids.map(Number).filter(times => times in LAYERS);
    const { scale, share } = LAYERS[Math.min(...halvings)] ?? {};
    if (!scale || !share) return;
    only.scaleResolutionDownBy = scale;
    only.scalabilityMode = scalabilityOf(halvings.length);
    only.maxBitrate = Math.round(MAX_BITRATE.camera * share);
    return sender.setParameters(parameters);
  }
  const named = parameters.encodings.filter(({ rid }) => rid !== undefined && rids.includes(rid));
  if (named.length === 0) return;
  for (const encoding of parameters.encodings) encoding.active = named.includes(encoding);
  await sender.setParameters(parameters);
}

/** The names of the layers with which a section is opened. */
export function allLayers(encodings: readonly RTCRtpEncodingParameters[]): string[] {
  const sizes = Number(encodings[0]?.scalabilityMode?.[1] ?? 0);
  return sizes > 0
    ? LAYERS.slice(0, sizes).map((_, times) => String(times))
    : encodings.flatMap(({ rid }) => rid ?? []);
}

export function giveHint(source: Source, track: MediaStreamTrack): void {
  track.contentHint = CONTENT_HINT[source];
}

type Codec = Pick<RTCRtpCodec, "mimeType">;

/** All others keep their order and their repair formats. */
export function withFirst<C extends Codec>(first: VideoCodec, codecs: readonly C[]): C[] {
  const rank = (codec: C) => (nameOf(codec) === first ? 0 : 1);
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

/** What is first is sent, for the relay forwards without decoding. */
export function prefer(transceiver: RTCRtpTransceiver, codec: VideoCodec): void {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs;
  if (codecs && "setCodecPreferences" in transceiver) transceiver.setCodecPreferences(withFirst(codec, codecs));
}

const KNOWN: readonly VideoCodec[] = ["vp8", "vp9", "av1", "h264"];

function nameOf({ mimeType }: Codec): string {
  return mimeType.toLowerCase().replace("video/", "");
}

/** What this browser can show. */
export function decodable(): VideoCodec[] {
  const names = new Set(globalThis.RTCRtpReceiver?.getCapabilities("video")?.codecs.map(nameOf));
  return KNOWN.filter(codec => codec === "vp8" || names.has(codec));
}

/** The first of `wished` that this browser sends in layers; VP8, which every browser decodes, where there is none. */
export function codecOf(wished: readonly VideoCodec[]): VideoCodec {
  const [first = "vp8"] = wished;
  if (first === "vp8") return first;
  const names = new Set(RTCRtpSender.getCapabilities("video")?.codecs.map(nameOf));
  const layers = sendsLayersInOneStream();
  return wished.find(codec => codec === "vp8" || (layers && names.has(codec))) ?? "vp8";
}

/** Browsers that do not know of layers leave the wish for them aside without a word. */
function sendsLayersInOneStream(): boolean {
  const pc = new RTCPeerConnection();
  try {
    const { sender } = pc.addTransceiver("video", { sendEncodings: [{ scalabilityMode: scalabilityOf(3) }] });
    return sender.getParameters().encodings[0]?.scalabilityMode !== undefined;
  } catch {
    return false; // it knows of them, and has none
  } finally {
    pc.close();
  }
}

/** Which section of our offer or answer carries which source, as the server wants to be told. */
export function sectionsOf(
  sections: ReadonlyMap<Source, Pick<RTCRtpTransceiver, "mid">>,
  sources: LocalSources,
): PublishedSource[] {
  const told: PublishedSource[] = [];
  for (const [source, { track, muted }] of sources) {
    const mid = sections.get(source)?.mid;
    if (mid) told.push({ mid, source, muted, ...(kindOf(source) === "video" ? sizeOf(track) : {}) });
  }
  return told;
}
