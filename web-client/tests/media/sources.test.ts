import { expect, test } from "vitest";
import { problemOf } from "../../src/media/capture";
import { loudness } from "../../src/media/level";
import { Serial } from "../../src/media/serial";
import { allLayers, encodingsOf, sectionsOf, sendLayers, withFirst } from "../../src/media/sources";
import { tracksOf } from "../../src/media/subscriber";
import { hueOf, initialsOf } from "../../src/media/testPicture";
import { settled } from "../support/channel";

const track = (id = "t") => ({ id }) as MediaStreamTrack;

test("the codec that is wanted comes first and every other one keeps its place, repair formats too", () => {
  const named = ["video/H264", "video/rtx", "video/VP8", "video/VP9", "video/ulpfec"].map(mimeType => ({ mimeType }));
  expect(withFirst("vp8", named).map(({ mimeType }) => mimeType)).toEqual([
    "video/VP8",
    "video/H264",
    "video/rtx",
    "video/VP9",
    "video/ulpfec",
  ]);
});

test("the server is told only of sources that are sent, each with its section", () => {
  const sections = new Map([
    ["camera", { mid: "1" }],
    ["microphone", { mid: "0" }],
    ["screen", { mid: "2" }],
    ["detail", { mid: null }],
  ] as const);
  const sources = new Map([
    ["camera", { track: track(), muted: false }],
    ["microphone", { track: track(), muted: true }],
    ["detail", { track: track(), muted: false }],
  ] as const);
  expect(sectionsOf(sections, sources)).toEqual([
    { mid: "1", source: "camera", muted: false },
    { mid: "0", source: "microphone", muted: true },
  ]);
});

const sized = (width: number, height: number) =>
  ({ getSettings: () => ({ width, height }) }) as unknown as MediaStreamTrack;

test("a large camera is sent in three layers, the best first, a small one in fewer", () => {
  const layers = (width: number, height: number) =>
    encodingsOf("camera", sized(width, height), "vp8").map(({ rid }) => rid);
  expect(layers(1280, 720)).toEqual(["f", "h", "q"]);
  expect(layers(640, 480)).toEqual(["f", "h"]);
  expect(layers(320, 180)).toEqual([undefined]);
  expect(encodingsOf("camera", sized(1280, 720), "vp8")[2]?.scaleResolutionDownBy).toBe(4);
});

test("what is looked at for its details is sent in one layer", () => {
  expect(encodingsOf("detail", sized(1920, 1080), "vp8")).toEqual([{ maxBitrate: 3_000_000 }]);
  expect(encodingsOf("screen", sized(1920, 1080), "vp8")).toHaveLength(1);
});

test("layers that nobody needs are paused, and a word about unknown ones changes nothing", async () => {
  const encodings = ["f", "h", "q"].map(rid => ({ rid, active: true }));
  const set: unknown[] = [];
  const sender = {
    getParameters: () => ({ encodings }),
    setParameters: async (parameters: unknown) => void set.push(parameters),
  } as unknown as RTCRtpSender;
  await sendLayers(sender, ["q"]);
  expect(encodings.map(({ active }) => active)).toEqual([false, false, true]);
  await sendLayers(sender, ["x"]);
  expect(set).toHaveLength(1);
});

test("in VP9 and AV1 one stream has all sizes, and as many frame rates as a narrow line may need", () => {
  const mode = (source: "camera" | "detail", width: number) =>
    encodingsOf(source, sized(width, width / 2), "vp9").map(({ scalabilityMode, rid }) => [scalabilityMode, rid]);
  expect(mode("camera", 1280)).toEqual([["L3T3_KEY", undefined]]);
  expect(mode("camera", 640)).toEqual([["L2T3_KEY", undefined]]);
  expect(mode("camera", 320)).toEqual([["L1T3", undefined]]);
  expect(mode("detail", 1920)).toEqual([["L1T3", undefined]]);
  expect(allLayers(encodingsOf("camera", sized(640, 360), "vp9"))).toEqual(["0", "1"]);
  expect(allLayers(encodingsOf("camera", sized(640, 360), "vp8"))).toEqual(["f", "h"]);
});

test("of one stream only the sizes that are named are made", async () => {
  const encoding = { scalabilityMode: "L3T3_KEY", maxBitrate: 2_000_000 };
  const sender = {
    getParameters: () => ({ encodings: [encoding] }),
    setParameters: async () => undefined,
  } as unknown as RTCRtpSender;
  await sendLayers(sender, ["1", "2"]);
  expect(encoding).toEqual({ scalabilityMode: "L2T3_KEY", scaleResolutionDownBy: 2, maxBitrate: 500_000 });
  await sendLayers(sender, ["0"]);
  expect(encoding).toEqual({ scalabilityMode: "L1T3", scaleResolutionDownBy: 1, maxBitrate: 2_000_000 });
  await sendLayers(sender, ["f"]);
  expect(encoding.scalabilityMode).toBe("L1T3");
});

test("a received track is whose the server says, by its section and not by its order", () => {
  const receiver = (id: string) => ({ track: track(id) }) as RTCRtpReceiver;
  const transceivers = [
    { mid: "a", receiver: receiver("first") },
    { mid: "b", receiver: receiver("second") },
  ];
  const named = [
    { mid: "b", seat: "s2", source: "camera" as const, device: "d", companion: false },
    { mid: "gone", seat: "s3", source: "camera" as const, device: "d", companion: false },
  ];
  const tracks = tracksOf(named, transceivers);
  expect(tracks.map(({ seat, track: { id } }) => [seat, id])).toEqual([["s2", "second"]]);
});

test("what went wrong with a camera is said in words that lead to a remedy", () => {
  const named = (name: string) => Object.assign(new Error(), { name });
  expect(problemOf(named("NotAllowedError"))).toBe("denied");
  expect(problemOf(named("NotFoundError"))).toBe("missing");
  expect(problemOf(named("NotReadableError"))).toBe("busy");
  expect(problemOf("nonsense")).toBe("unknown");
});

test("silence is nought, a loud voice fills the meter, and nothing leaves it", () => {
  expect(loudness(new Float32Array(8))).toBe(0);
  expect(loudness(new Float32Array(8).fill(1))).toBe(1);
  const quiet = loudness(new Float32Array(8).fill(0.03));
  expect(quiet).toBeGreaterThan(0.2);
  expect(quiet).toBeLessThan(0.8);
});

test("a test picture bears initials without the title, and two people differ in colour", () => {
  expect(initialsOf("Dr Inès Carpentier")).toBe("IC");
  expect(initialsOf("léa")).toBe("L");
  expect(hueOf("Dr Inès Carpentier")).not.toBe(hueOf("Dr Hugo Lemoine"));
});

test("work asked for three times while it runs is done once more, and a failure does not end it", async () => {
  let runs = 0;
  const failures: unknown[] = [];
  const serial = new Serial(
    async () => {
      runs += 1;
      await settled();
      if (runs === 1) throw new Error("first");
    },
    error => failures.push(error),
  );
  serial.run();
  serial.run();
  serial.run();
  await settled();
  await settled();
  await settled();
  expect(runs).toBe(2);
  expect(failures).toHaveLength(1);
});
