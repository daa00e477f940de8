import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Publisher } from "../../src/media/publisher";
import type { LocalSource } from "../../src/media/sources";
import type { PublishedSource, Source } from "../../src/protocol";
import { settled } from "../support/channel";

/** As much of a peer connection as publishing touches. */
class Peer extends EventTarget {
  static made: Peer[] = [];
  readonly transceivers: { mid: string | null; direction: string; sender: Sender }[] = [];
  readonly offers: RTCOfferOptions[] = [];
  connectionState = "new";
  localDescription: { sdp: string } | null = null;

  constructor() {
    super();
    Peer.made.push(this);
  }

  addTransceiver(track: MediaStreamTrack | string, init: RTCRtpTransceiverInit) {
    const transceiver = {
      mid: null,
      direction: init.direction ?? "sendrecv",
      sender: new Sender(typeof track === "string" ? null : track, init.sendEncodings),
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  async createOffer(options: RTCOfferOptions) {
    this.offers.push(options);
    return { type: "offer", sdp: `offer ${this.offers.length}` };
  }

  async setLocalDescription(description: { sdp: string }) {
    this.localDescription = description;
    for (const [index, transceiver] of this.transceivers.entries()) transceiver.mid ??= String(index);
  }

  async setRemoteDescription() {}

  close() {
    this.connectionState = "closed";
  }
}

class Sender {
  readonly parameters: { encodings: { rid?: string; active: boolean }[] };

  constructor(
    public track: MediaStreamTrack | null,
    encodings: readonly RTCRtpEncodingParameters[] = [],
  ) {
    this.parameters = { encodings: encodings.map(encoding => ({ ...encoding, active: true })) };
  }

  getParameters() {
    return this.parameters;
  }

  async setParameters() {}

  async replaceTrack(track: MediaStreamTrack | null) {
    this.track = track;
  }
}

const local = (muted = false): LocalSource => ({ track: {} as MediaStreamTrack, muted });
const told: PublishedSource[][] = [];
const answer = async (_: string, sources: readonly PublishedSource[]) => {
  told.push([...sources]);
  return "answer";
};
const unpublish = vi.fn(async () => undefined);
let publisher: Publisher;

beforeEach(() => {
  Peer.made = [];
  told.length = 0;
  vi.stubGlobal("RTCPeerConnection", Peer);
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => null });
  publisher = new Publisher({ publish: answer, unpublish }, () => ({}));
});
afterEach(() => vi.unstubAllGlobals());

async function publishing(sources: [Source, LocalSource][]) {
  publisher.update(new Map(sources));
  publisher.start();
  await settled();
}

test("nothing is sent before the path says so", async () => {
  publisher.update(new Map([["camera", local()]]));
  await settled();
  expect(Peer.made).toHaveLength(0);
});

test("all sources go over one connection, each with its section named", async () => {
  await publishing([
    ["microphone", local(true)],
    ["camera", local()],
  ]);
  expect(Peer.made).toHaveLength(1);
  expect(told).toEqual([
    [
      { mid: "0", source: "microphone", muted: true },
      { mid: "1", source: "camera", muted: false },
    ],
  ]);
});

test("another camera behind the same source is not negotiated, a new source is", async () => {
  await publishing([["camera", local()]]);
  const other = local();
  publisher.update(new Map([["camera", other]]));
  await settled();
  expect(told).toHaveLength(1);
  expect(Peer.made[0]?.transceivers[0]?.sender.track).toBe(other.track);
  publisher.update(
    new Map([
      ["camera", other],
      ["screen", local()],
    ]),
  );
  await settled();
  expect(told.at(-1)?.map(({ source }) => source)).toEqual(["camera", "screen"]);
});

test("a source that ends and begins again keeps its section", async () => {
  await publishing([
    ["camera", local()],
    ["screen", local()],
  ]);
  publisher.update(new Map([["camera", local()]]));
  await settled();
  expect(Peer.made[0]?.transceivers[1]?.direction).toBe("inactive");
  publisher.update(
    new Map([
      ["camera", local()],
      ["screen", local()],
    ]),
  );
  await settled();
  expect(Peer.made[0]?.transceivers).toHaveLength(2);
  expect(told.at(-1)?.find(({ source }) => source === "screen")?.mid).toBe("1");
});

test("another codec is another section, and the one before is kept for the next time", async () => {
  const codecs = ["video/VP8", "video/VP9", "video/AV1"].map(mimeType => ({ mimeType }));
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => ({ codecs }) });
  await publishing([["camera", local()]]);
  const sections = () => Peer.made.map(({ transceivers }) => transceivers.map(({ direction }) => direction));
  const wish = async (...wished: Parameters<Publisher["wish"]>[0]) => {
    publisher.wish(wished);
    await settled();
    return told.at(-1)?.map(({ mid }) => mid);
  };
  expect(await wish("vp9", "vp8")).toEqual(["1"]);
  expect(sections()[0]).toEqual(["inactive", "sendonly"]);
  expect(await wish()).toEqual(["0"]);
  expect(sections()[0]).toEqual(["sendonly", "inactive"]);
  expect(await wish("h264")).toEqual(["0"]); // it sends that in no layers
  expect(told).toHaveLength(3);
});

test("a change of network restarts ICE on the same connection; a reset makes a new one", async () => {
  await publishing([["camera", local()]]);
  publisher.restart();
  await settled();
  expect(Peer.made[0]?.offers.map(({ iceRestart }) => iceRestart)).toEqual([false, true]);
  publisher.reset();
  await settled();
  expect(Peer.made).toHaveLength(2);
  expect(Peer.made[0]?.connectionState).toBe("closed");
});

test("stopping tells the relay, once", async () => {
  await publishing([["camera", local()]]);
  publisher.stop();
  publisher.stop();
  expect(unpublish).toHaveBeenCalledTimes(1);
});

test("a connection that is reset while the relay answers is taken back, and the next one is offered", async () => {
  const steps: string[] = [];
  let reset = () => publisher.reset();
  const port = {
    publish: async (sdp: string) => {
      steps.push(`publish by connection ${Peer.made.length}`);
      reset();
      reset = () => undefined;
      return `answer to ${sdp}`;
    },
    unpublish: async () => void steps.push("unpublish"),
  };
  publisher = new Publisher(port, () => ({}));
  await publishing([["camera", local()]]);
  expect(steps).toEqual(["publish by connection 1", "unpublish", "publish by connection 2"]);
});

test.each(["createOffer", "setLocalDescription", "setRemoteDescription"] as const)(
  "a connection that is reset while it is at %s, and so never ends that, makes way for the next one",
  async step => {
    vi.spyOn(Peer.prototype, step).mockImplementationOnce(() => new Promise<never>(() => undefined));
    await publishing([["camera", local()]]);
    publisher.reset();
    await settled();
    expect(Peer.made).toHaveLength(2);
    expect(told).toHaveLength(step === "setRemoteDescription" ? 2 : 1);
  },
);

test("a camera that changes while its connection is reset, and so never changes, is sent by the next one", async () => {
  await publishing([["camera", local()]]);
  vi.spyOn(Sender.prototype, "replaceTrack").mockImplementationOnce(() => new Promise<never>(() => undefined));
  publisher.update(new Map([["camera", local()]]));
  await settled();
  publisher.reset();
  await settled();
  expect(Peer.made).toHaveLength(2);
  expect(told).toHaveLength(2);
});

test("what is already sent is offered anew when the relay wants another answer, even while it gives one", async () => {
  let renew = () => publisher.renew();
  const port = {
    publish: async (_: string, sources: readonly PublishedSource[]) => {
      renew();
      renew = () => undefined;
      return answer(_, sources);
    },
    unpublish,
  };
  publisher = new Publisher(port, () => ({}));
  await publishing([["microphone", local()]]);
  expect(told).toHaveLength(2);
  publisher.renew();
  await settled();
  expect(told).toHaveLength(3);
  expect(Peer.made).toHaveLength(1);
});

test("only the layers that the relay needs are sent, and all of them when its word may have been missed", async () => {
  const track = { getSettings: () => ({ width: 1280, height: 720 }) } as unknown as MediaStreamTrack;
  await publishing([["camera", { track, muted: false }]]);
  const { encodings } = Peer.made[0]?.transceivers[0]?.sender.parameters ?? { encodings: [] };
  const sent = () => encodings.filter(({ active }) => active).map(({ rid }) => rid);
  expect(told.at(-1)).toEqual([{ mid: "0", source: "camera", muted: false, width: 1280, height: 720 }]);
  publisher.layers("camera", ["h"]);
  await settled();
  expect(sent()).toEqual(["h"]);
  publisher.catchUp();
  await settled();
  expect(sent()).toEqual(["f", "h", "q"]);
});
