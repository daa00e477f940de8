/** Why a camera or a microphone cannot be had, as far as a person can do something about it. */
export type CaptureProblem = "denied" | "missing" | "busy" | "insecure" | "unknown";

export class CaptureError extends Error {
  constructor(readonly problem: CaptureProblem) {
    super(problem);
  }
}

const PROBLEMS: Readonly<Record<string, CaptureProblem>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export function problemOf(error: unknown): CaptureProblem {
  const name = error instanceof Error ? error.name : "";
  return error instanceof CaptureError ? error.problem : (PROBLEMS[name] ?? "unknown");
}

export async function openCamera(device?: string, facing?: "user" | "environment"): Promise<MediaStreamTrack> {
  const wish: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  if (device) wish.deviceId = { exact: device };
  else if (facing) wish.facingMode = facing;
  return first((await devices().getUserMedia({ video: wish })).getVideoTracks());
}

export async function openMicrophone(device?: string): Promise<MediaStreamTrack> {
  const wish: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (device) wish.deviceId = { exact: device };
  return first((await devices().getUserMedia({ audio: wish })).getAudioTracks());
}

/** The screen, and its sound where the browser and the person offer it. */
export async function openScreen(): Promise<{ picture: MediaStreamTrack; sound: MediaStreamTrack | null }> {
  const stream = await devices().getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true });
  return { picture: first(stream.getVideoTracks()), sound: stream.getAudioTracks()[0] ?? null };
}

export interface DeviceList {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
}

export async function listDevices(): Promise<DeviceList> {
  const all = navigator.mediaDevices ? await navigator.mediaDevices.enumerateDevices() : [];
  const named = all.filter(({ deviceId }) => deviceId !== "");
  return {
    cameras: named.filter(({ kind }) => kind === "videoinput"),
    microphones: named.filter(({ kind }) => kind === "audioinput"),
  };
}

/** Without TLS a browser hides its devices altogether. */
function devices(): MediaDevices {
  if (!navigator.mediaDevices) throw new CaptureError("insecure");
  return navigator.mediaDevices;
}

function first(tracks: readonly MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (!track) throw new CaptureError("missing");
  return track;
}
