"""Session descriptions as clients write them, cut down to what matters and put together from parts."""

FINGERPRINT = ":".join(["AB"] * 32)


def transport(fingerprint: str) -> tuple[str, ...]:
    """A client's side of the transport."""
    return (
        "a=ice-ufrag:clnt",
        "a=ice-pwd:clientclientclientclient",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:actpass",
    )


TRANSPORT = transport(FINGERPRINT)
CANDIDATES = ("a=candidate:1 1 udp 2122260223 10.0.0.7 50000 typ host",)

AUDIO_FORMATS = (
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=fmtp:63 111/111",
)
VIDEO_FORMATS = (
    "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset",
    "a=extmap:2/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 goog-remb",
    "a=rtcp-fb:96 transport-cc",
    "a=rtcp-fb:96 ccm fir",
    "a=rtcp-fb:96 nack",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:102 H264/90000",
    "a=rtcp-fb:102 nack",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
    "a=rtpmap:103 rtx/90000",
    "a=fmtp:103 apt=102",
)


def section(
    kind: str,
    mid: str,
    *extra: str,
    port: int = 9,
    direction: str = "sendonly",
    formats: tuple[str, ...] | None = None,
    transport: tuple[str, ...] = TRANSPORT,
) -> list[str]:
    """One m-section of a browser's offer."""
    numbers, lines = ("111 63", AUDIO_FORMATS) if kind == "audio" else ("96 97 102 103", VIDEO_FORMATS)
    return [
        f"m={kind} {port} UDP/TLS/RTP/SAVPF {numbers}",
        "c=IN IP4 0.0.0.0",
        *CANDIDATES,
        *transport,
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        *(lines if formats is None else formats),
        *extra,
    ]


def application(mid: str) -> list[str]:
    """A data channel's section."""
    return ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", *TRANSPORT, f"a=mid:{mid}", "a=sctp-port:5000"]


def description(*sections: list[str], session: tuple[str, ...] = (), bundle: str | None = None) -> str:
    """A whole description; the BUNDLE group names every section unless told otherwise."""
    mids = [line[6:] for lines in sections for line in lines if line.startswith("a=mid:")]
    group = " ".join(mids) if bundle is None else bundle
    head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {group}", *session]
    return "\r\n".join([*head, *(line for lines in sections for line in lines)]) + "\r\n"
