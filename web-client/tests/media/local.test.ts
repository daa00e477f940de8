import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LocalMedia } from "../../src/media";

class Track extends EventTarget {
  enabled = true;
  readyState: "live" | "ended" = "live";
  readonly label = "Camera";
  constructor(readonly deviceId: string) {
    super();
  }
  getSettings = () => ({ deviceId: this.deviceId });
  stop(): void {
    this.readyState = "ended";
  }
}

let plugged: string[];
let given: Track[];
let local: LocalMedia;

/** The browser's devices: gives the wanted one, or the first. */
async function getUserMedia({ video }: { video: { deviceId?: { exact: string } } }) {
  const wanted = video.deviceId?.exact ?? plugged[0];
  if (!wanted || !plugged.includes(wanted)) throw new DOMException("gone", "OverconstrainedError");
  const track = new Track(wanted);
  given.push(track);
  return { getVideoTracks: () => [track] };
}

const enumerateDevices = async () => plugged.map(deviceId => ({ kind: "videoinput", deviceId }));
const unplugged = vi.fn();

beforeEach(async () => {
  unplugged.mockClear();
  vi.useFakeTimers();
  plugged = ["camera-1", "camera-2"];
  given = [];
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices } });
  local = new LocalMedia({ changed: () => undefined, unplugged });
  await local.openCamera("camera-2");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const off = async (ms: number) => {
  local.mute("camera", true);
  await vi.advanceTimersByTimeAsync(ms);
};
const on = async () => {
  local.mute("camera", false);
  await vi.advanceTimersByTimeAsync(0);
};

describe("a camera that is switched off", () => {
  test("first shows black and then is let go, while its place is kept", async () => {
    await off(0);
    expect(given[0]).toMatchObject({ enabled: false, readyState: "live" });
    await off(2_000);
    expect(given[0]?.readyState).toBe("ended");
    expect(local.toSend("camera")).toMatchObject({ muted: true });
  });

  test("comes back as the same camera", async () => {
    await off(2_000);
    await on();
    expect(local.get("camera")).toMatchObject({ status: "on", muted: false, device: "camera-2", track: given[1] });
    expect(given[1]?.enabled).toBe(true);
  });

  test("is not opened again for a short pause", async () => {
    await off(100);
    await on();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(given).toHaveLength(1);
    expect(given[0]).toMatchObject({ enabled: true, readyState: "live" });
  });

  test("comes back as another one if it was unplugged meanwhile", async () => {
    await off(2_000);
    plugged = ["camera-1"];
    await on();
    expect(local.get("camera")).toMatchObject({ status: "on", device: "camera-1" });
  });

  test("stays off when it is pressed on and off in haste", async () => {
    await off(2_000);
    local.mute("camera", false);
    await off(2_000);
    expect(given.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
    expect(local.get("camera").muted).toBe(true);
  });
});

describe("a camera that is unplugged in the middle", () => {
  const unplug = async (device: string) => {
    plugged = plugged.filter(each => each !== device);
    given.find(({ deviceId }) => deviceId === device)?.dispatchEvent(new Event("ended"));
    await vi.advanceTimersByTimeAsync(0);
  };

  test("is replaced by one that shows nothing yet", async () => {
    plugged = ["camera-1", "camera-2", "camera-3"];
    await local.openDetail("camera-1");
    await unplug("camera-2");
    expect(local.get("camera").device).toBe("camera-3");
    expect(unplugged).toHaveBeenCalledWith("camera", true);
  });

  test("is gone when the second camera is all that is left", async () => {
    await local.openDetail("camera-1");
    await unplug("camera-2");
    expect(local.get("camera")).toMatchObject({ status: "problem", problem: "missing", track: null });
    expect(local.get("detail")).toMatchObject({ status: "on", device: "camera-1" });
    expect(unplugged).toHaveBeenCalledWith("camera", false);
  });
});
