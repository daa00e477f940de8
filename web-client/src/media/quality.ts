import { bytesReceived } from "./pulse";

/** How one track fares, in figures a person can use. */
export interface TrackFigures {
  readonly kbps: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Lost packets of the last interval, in per cent. */
  readonly loss: number;
  /** Loudness, 0 to 1. */
  readonly level: number;
  /** For how much of the last interval (ms) the picture stood still, as the browser counts freezes. */
  readonly frozenMs: number;
  /** From a packet's arrival to the screen or the ear (ms); null where nothing was shown or played. */
  readonly delay: number | null;
  /** Since when (ms of the clock given to `read`) no new picture was decoded; null while it moves. */
  readonly frozenSince: number | null;
}

/** What is remembered of a track between two readings. */
export interface Reading {
  readonly at: number;
  readonly bytes: number;
  readonly frames: number;
  readonly packets: number;
  readonly lost: number;
  readonly movedAt: number;
  /** Seconds in all. */
  readonly frozen: number;
  readonly waited: number;
  /** Of how many pictures or samples `waited` is the sum. */
  readonly shown: number;
}

/** The fields of an `inbound-rtp` or `media-source` entry of getStats that are read here. */
export interface TrackStats {
  readonly type: string;
  readonly kind?: string;
  readonly trackIdentifier?: string;
  readonly bytesReceived?: number;
  readonly framesDecoded?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly audioLevel?: number;
  readonly totalFreezesDuration?: number;
  readonly totalProcessingDelay?: number;
  readonly jitterBufferDelay?: number;
  readonly jitterBufferEmittedCount?: number;
}

/** A picture that stands still longer than this (ms) is said to be frozen; a slow one at 2 pictures a second is not. */
export const FROZEN_AFTER_MS = 1_500;

export function read(stats: TrackStats, before: Reading | undefined, now: number): [Reading, TrackFigures] {
  const frames = stats.framesDecoded ?? 0;
  const moved = before === undefined || frames !== before.frames;
  const reading: Reading = {
    at: now,
    bytes: stats.bytesReceived ?? 0,
    frames,
    packets: stats.packetsReceived ?? 0,
    lost: stats.packetsLost ?? 0,
    movedAt: moved ? now : before.movedAt,
    frozen: stats.totalFreezesDuration ?? 0,
    ...waitingIn(stats),
  };
  return [reading, figuresOf(stats, before ?? reading, reading)];
}

/** A picture is counted from its first packet until it is decoded, a sound while it waits to be played. */
function waitingIn(stats: TrackStats): Pick<Reading, "waited" | "shown"> {
  if (stats.totalProcessingDelay !== undefined)
    return { waited: stats.totalProcessingDelay, shown: stats.framesDecoded ?? 0 };
  return { waited: stats.jitterBufferDelay ?? 0, shown: stats.jitterBufferEmittedCount ?? 0 };
}

function figuresOf(stats: TrackStats, before: Reading, now: Reading): TrackFigures {
  const seconds = (now.at - before.at) / 1000;
  const per = (amount: number) => (seconds > 0 ? Math.max(0, amount) / seconds : 0);
  const lost = Math.max(0, now.lost - before.lost);
  const expected = lost + Math.max(0, now.packets - before.packets);
  const still = stats.kind === "video" && now.at - now.movedAt > FROZEN_AFTER_MS;
  return {
    kbps: Math.round((per(now.bytes - before.bytes) * 8) / 1000),
    fps: Math.round(per(now.frames - before.frames)),
    width: stats.frameWidth ?? 0,
    height: stats.frameHeight ?? 0,
    loss: expected > 0 ? (100 * lost) / expected : 0,
    level: stats.audioLevel ?? 0,
    frozenMs: Math.max(0, Math.round((now.frozen - before.frozen) * 1000)),
    delay:
      now.shown > before.shown ? Math.round((1000 * (now.waited - before.waited)) / (now.shown - before.shown)) : null,
    frozenSince: still ? now.movedAt : null,
  };
}

const INTERVAL_MS = 500;

export interface Quality {
  /** By the track's id. */
  readonly tracks: ReadonlyMap<string, TrackFigures>;
  /** Round trip of the receiving path in ms, where it is known. */
  readonly roundTrip: number | null;
}

/** Reads the statistics of all connections twice a second. */
export class QualityGauge {
  private readings = new Map<string, Reading>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private busy = false;

  constructor(
    private readonly connections: () => readonly RTCPeerConnection[],
    private readonly told: (quality: Quality) => void,
    private readonly heard: (connection: RTCPeerConnection, bytes: number, now: number) => void,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.take(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.readings.clear();
  }

  private async take(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const connections = this.connections();
      const reports = await Promise.all(connections.map(pc => pc.getStats()));
      const now = Date.now();
      for (const [index, report] of reports.entries()) {
        const connection = connections[index];
        if (connection) this.heard(connection, bytesReceived(report.values()), now);
      }
      this.told(this.measure(reports, now));
    } finally {
      this.busy = false;
    }
  }

  private measure(reports: readonly RTCStatsReport[], now: number): Quality {
    const tracks = new Map<string, TrackFigures>();
    const readings = new Map<string, Reading>();
    let roundTrip: number | null = null;
    for (const stats of reports.flatMap(report => [...report.values()])) {
      if (stats.type === "candidate-pair" && stats.nominated && stats.currentRoundTripTime !== undefined) {
        roundTrip = Math.round(stats.currentRoundTripTime * 1000);
      }
      if ((stats.type !== "inbound-rtp" && stats.type !== "media-source") || !stats.trackIdentifier) continue;
      const [reading, figures] = read(stats, this.readings.get(stats.trackIdentifier), now);
      readings.set(stats.trackIdentifier, reading);
      tracks.set(stats.trackIdentifier, figures);
    }
    this.readings = readings;
    return { tracks, roundTrip };
  }
}
