import { expect, test } from "vitest";
import { flowingTracks, oneOfEach, promotionComplete, shownDuringPromotion } from "../../src/media/promotion";
import type { RemoteTrack } from "../../src/media/sources";

function remote(source: RemoteTrack["source"], via: RemoteTrack["via"], seat = "other"): RemoteTrack {
  return { seat, source, device: "", origin: seat, via, track: { id: `${via} ${seat} ${source}` } as MediaStreamTrack };
}

const direct = [remote("camera", "direct"), remote("microphone", "direct")];
const relayed = [remote("camera", "relay"), remote("microphone", "relay"), remote("camera", "relay", "third")];
const shown = (tracks: readonly RemoteTrack[]) => tracks.map(({ track }) => track.id).sort();
const trackOf = (index: number) => relayed[index]?.track as MediaStreamTrack;

test("until the relayed picture has begun, the direct one stays; whoever is only on the relay is shown at once", () => {
  expect(shown(shownDuringPromotion(direct, relayed, new Set()))).toEqual([
    "direct other camera",
    "direct other microphone",
    "relay third camera",
  ]);
});

test("each source changes over by itself, as soon as its relayed twin has media", () => {
  const tracks = shownDuringPromotion(direct, relayed, new Set([trackOf(0)]));
  expect(shown(tracks)).toEqual(["direct other microphone", "relay other camera", "relay third camera"]);
});

test("the promotion is complete when every direct source was followed", () => {
  expect(promotionComplete(direct, relayed, new Set([trackOf(0)]))).toBe(false);
  expect(promotionComplete(direct, relayed, new Set([trackOf(0), trackOf(1)]))).toBe(true);
});

test("a picture counts from its first decoded frame, a sound from a tenth of a second of packets", () => {
  const inbound = (index: number, kind: string, figures: object) => ({
    type: "inbound-rtp",
    kind,
    trackIdentifier: trackOf(index).id,
    ...figures,
  });
  const begun = (frames: number, packets: number) =>
    flowingTracks(
      [
        inbound(0, "video", { framesDecoded: frames, packetsReceived: 99 }),
        inbound(1, "audio", { packetsReceived: packets }),
      ],
      relayed,
    ).size;
  expect(begun(0, 4)).toBe(0);
  expect(begun(1, 4)).toBe(1);
  expect(begun(1, 5)).toBe(2);
});

test("of two main devices of one person the first is shown until it ends", () => {
  const second = { ...remote("camera", "relay"), track: { id: "new" } as MediaStreamTrack };
  const [camera] = relayed;
  expect(camera && shown(oneOfEach([camera, second]))).toEqual(["relay other camera"]);
  expect(shown(oneOfEach([second]))).toEqual(["new"]);
  const beside = { ...second, device: "cart" };
  expect(camera && oneOfEach([camera, beside])).toHaveLength(2);
});
