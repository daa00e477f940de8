/** Newer than the types of the DOM that we compile with. */
type Encoding = RTCRtpEncodingParameters & { codec?: RTCRtpCodec };

/**
 * Sends a sound as RED (RFC 2198), in which each packet repeats the one before, or plainly again. Both were negotiated, so
 * nothing has to be offered anew; a browser that cannot choose between them goes on as it is.
 */
export async function sendRedundantly(sender: RTCRtpSender, wanted: boolean): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding]: Encoding[] = parameters.encodings;
  const codec = parameters.codecs.find(
    ({ mimeType }) => mimeType.toLowerCase() === (wanted ? "audio/red" : "audio/opus"),
  );
  if (!encoding || !codec) return;
  encoding.codec = codec;
  await sender.setParameters(parameters);
}
