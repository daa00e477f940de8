import { expect, test } from "vitest";
import { sendRedundantly } from "../../src/media/redundancy";

type Chosen = { encodings: { codec?: { mimeType: string } }[]; codecs: { mimeType: string }[] };

class Sender {
  set: Chosen[] = [];
  constructor(private readonly known: readonly string[]) {}

  getParameters(): Chosen {
    return { encodings: [{}], codecs: this.known.map(mimeType => ({ mimeType })) };
  }

  async setParameters(parameters: Chosen) {
    this.set.push(parameters);
  }

  chosen = () => this.set.map(({ encodings }) => encodings[0]?.codec?.mimeType);
}

test("a sound is sent twice when it is wanted, and plainly again when not", async () => {
  const sender = new Sender(["audio/opus", "audio/red"]);
  await sendRedundantly(sender as unknown as RTCRtpSender, true);
  await sendRedundantly(sender as unknown as RTCRtpSender, false);
  expect(sender.chosen()).toEqual(["audio/red", "audio/opus"]);
});

test("where it was not negotiated all stays as it is", async () => {
  const sender = new Sender(["audio/opus"]);
  await sendRedundantly(sender as unknown as RTCRtpSender, true);
  expect(sender.set).toEqual([]);
});
