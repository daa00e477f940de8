import type { Source } from "../protocol";
import {
  CaptureError,
  type CaptureProblem,
  listDevices,
  openCamera,
  openMicrophone,
  openScreen,
  problemOf,
} from "./capture";
import type { LocalSource } from "./sources";
import { isTestPicture, testPicture } from "./testPicture";

/** One of this client's own sources. `off`: not wanted; `problem`: wanted, but it cannot be had. */
export interface LocalDevice {
  readonly status: "off" | "opening" | "on" | "problem";
  readonly track: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly device: string;
  readonly label: string;
  readonly problem: CaptureProblem | null;
}

export const OFF: LocalDevice = { status: "off", track: null, muted: false, device: "", label: "", problem: null };

export interface LocalListener {
  changed(source: Source, device: LocalDevice): void;
  /** A device went away in the middle; `replaced`: another one took its place. */
  unplugged(source: Source, replaced: boolean): void;
}

/**
 * A camera that is switched off is let go, so that its light goes out; so much later (ms), for the last picture that the
 * others get is then a black one.
 */
const LET_GO_MS = 1_200;

type Opener = (device?: string) => Promise<MediaStreamTrack>;

/** The cameras, the microphone and the screen of this client: opens, mutes, replaces and closes them. */
export class LocalMedia {
  private readonly all = new Map<Source, LocalDevice>();
  private picture: string | null = null;
  private lettingGo: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly listener: LocalListener) {}

  get(source: Source): LocalDevice {
    return this.all.get(source) ?? OFF;
  }

  /** As the others may have it, or null while there is nothing to send. */
  toSend(source: Source): LocalSource | null {
    const { track, muted } = this.get(source);
    return track ? { track, muted } : null;
  }

  /** From here on a missing camera is replaced by a moving test picture. */
  allowTestPicture(name: string): void {
    this.picture = name;
  }

  openMicrophone(device?: string): Promise<void> {
    return this.open("microphone", openMicrophone, device);
  }

  openCamera(device?: string): Promise<void> {
    return this.open("camera", wanted => this.camera(wanted), device);
  }

  openDetail(device: string): Promise<void> {
    return this.open("detail", openCamera, device);
  }

  async shareScreen(): Promise<void> {
    try {
      const { picture, sound } = await openScreen();
      this.take("screen", picture, "");
      if (sound) this.take("screen_sound", sound, "");
    } catch (error) {
      const problem = problemOf(error);
      if (problem !== "denied") this.put("screen", { ...OFF, status: "problem", problem }); // denied: she thought better of it
    }
  }

  mute(source: Source, muted: boolean): void {
    const device = this.get(source);
    if (device.track) device.track.enabled = !muted;
    this.put(source, { ...device, muted });
    if (source !== "camera") return;
    if (muted) this.letGo();
    else this.takeUp(device);
  }

  close(source: Source): void {
    this.get(source).track?.stop();
    this.put(source, { ...OFF, muted: this.get(source).muted });
    if (source === "screen") this.close("screen_sound");
  }

  closeAll(): void {
    for (const [source, { track }] of [...this.all]) if (track) this.close(source);
  }

  private letGo(): void {
    clearTimeout(this.lettingGo);
    const { track } = this.get("camera");
    this.lettingGo = setTimeout(() => track?.stop(), LET_GO_MS);
  }

  /** The camera that was let go, or another one if it has gone meanwhile. The others keep the place of its picture. */
  private takeUp({ track, device }: LocalDevice): void {
    clearTimeout(this.lettingGo);
    if (track?.readyState !== "ended") return;
    void this.open("camera", wanted => this.camera(wanted).catch(() => this.camera()), device);
  }

  private async camera(device?: string): Promise<MediaStreamTrack> {
    try {
      return await openCamera(device);
    } catch (error) {
      if (this.picture === null) throw error;
      return testPicture(this.picture);
    }
  }

  private async open(source: Source, opener: Opener, device?: string): Promise<void> {
    const before = this.get(source);
    if (!before.track) this.put(source, { ...before, status: "opening", problem: null });
    try {
      const track = await opener(device);
      this.get(source).track?.stop();
      this.take(source, track, device ?? "");
    } catch (error) {
      this.put(source, { ...OFF, status: "problem", muted: before.muted, problem: problemOf(error) });
    }
  }

  private take(source: Source, track: MediaStreamTrack, device: string): void {
    const { muted } = this.get(source);
    track.enabled = !muted;
    track.addEventListener("ended", () => void this.lost(source, track));
    const drawn = isTestPicture(track);
    const settled = drawn ? "" : track.getSettings?.().deviceId || device;
    const label = drawn ? "" : track.label;
    this.put(source, { status: "on", track, muted, device: settled, label, problem: null });
    if (source === "camera" && muted) this.letGo();
  }

  private async lost(source: Source, track: MediaStreamTrack): Promise<void> {
    if (this.get(source).track !== track) return;
    if (source === "microphone") await this.openMicrophone();
    else if (source === "camera") await this.replaceCamera();
    else return this.close(source);
    this.listener.unplugged(source, this.get(source).status === "on");
  }

  /** Another camera than the second one, which shows something already. */
  private async replaceCamera(): Promise<void> {
    const { device: gone } = this.get("camera");
    const { device: second } = this.get("detail");
    const free = (await listDevices()).cameras.find(({ deviceId }) => deviceId !== gone && deviceId !== second);
    if (free || second === "") return this.openCamera(free?.deviceId);
    await this.open("camera", () => Promise.reject(new CaptureError("missing")));
  }

  private put(source: Source, device: LocalDevice): void {
    this.all.set(source, device);
    this.listener.changed(source, device);
  }
}
