"""Writes the relay's offers and answers: ICE-lite, everything bundled, one candidate per address and transport."""

from collections.abc import Iterator, Sequence

from media.sdp.description import DEPENDENCY, Codec, Line, Local, Sending

HOST_PRIORITY = 126 << 24 | 65_535 << 8 | 255  # RFC 8445 §5.1.2.1, first address
TCP_PRIORITY = 60 << 24 | (4 << 13 | 8_191) << 8 | 255  # RFC 6544 §4.2, passive: after every way by UDP


def write(lines: Sequence[Line], local: Local, *, setup: str, session: int, version: int) -> str:
    """The description as text. `setup` is `passive` in answers and `actpass` in offers."""
    used = [line for line in lines if line.codecs]
    head = [
        "v=0",
        f"o=- {session} {version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(line.mid for line in used if line.bundled and line.mid),
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]
    if head[4].endswith("BUNDLE "):
        del head[4]
    for line in lines:
        if not line.codecs:
            head.extend(_rejection(line))
            continue
        head.extend(_media(line))
        head.extend(_transport(local, setup))
        if line is used[0]:
            head.extend(_candidates(local))
        head.extend(_formats(line))
        head.extend(_layers(line.layers))
        if line.sending is not None:
            head.extend(_sources(line.sending))
    return "\r\n".join(head) + "\r\n"


def _media(line: Line) -> Iterator[str]:
    formats = " ".join(str(codec.payload_type) for codec in line.codecs)
    yield f"m={line.kind} 9 {line.protocol} {formats}"
    yield "c=IN IP4 0.0.0.0"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    if line.mid:
        yield f"a=mid:{line.mid}"
    yield f"a={line.direction}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"


def _rejection(line: Line) -> Iterator[str]:
    yield f"m={line.kind} 0 {line.protocol} {' '.join(line.formats)}"
    yield "c=IN IP4 0.0.0.0"
    if line.mid:
        yield f"a=mid:{line.mid}"
    yield "a=inactive"


def _transport(local: Local, setup: str) -> Iterator[str]:
    yield f"a=ice-ufrag:{local.ufrag}"
    yield f"a=ice-pwd:{local.password}"
    yield f"a=fingerprint:sha-256 {local.fingerprint}"
    yield f"a=setup:{setup}"


def _candidates(local: Local) -> Iterator[str]:
    for index, (host, port) in enumerate(local.addresses):
        yield f"a=candidate:{index + 1} 1 udp {HOST_PRIORITY - (index << 8)} {host} {port} typ host"
    for index, (host, port) in enumerate(local.addresses if local.tcp else ()):
        foundation, priority = len(local.addresses) + index + 1, TCP_PRIORITY - (index << 8)
        yield f"a=candidate:{foundation} 1 tcp {priority} {host} {port} typ host tcptype passive"
    yield "a=end-of-candidates"


def _formats(line: Line) -> Iterator[str]:
    if DEPENDENCY in line.extensions:
        yield "a=extmap-allow-mixed"
    for uri, number in sorted(line.extensions.items(), key=lambda entry: entry[1]):
        yield f"a=extmap:{number} {uri}"
    for codec in line.codecs:
        yield f"a=rtpmap:{codec.payload_type} {_encoding(codec)}"
        yield from (f"a=rtcp-fb:{codec.payload_type} {kind}" for kind in codec.feedback)
        if codec.parameters:
            yield f"a=fmtp:{codec.payload_type} {codec.parameters}"


def _layers(rids: tuple[str, ...]) -> Iterator[str]:
    yield from (f"a=rid:{rid} recv" for rid in rids)
    if rids:
        yield f"a=simulcast:recv {';'.join(rids)}"


def _encoding(codec: Codec) -> str:
    encoding = f"{codec.name}/{codec.clock_rate}"
    return f"{encoding}/{codec.channels}" if codec.channels > 1 else encoding


def _sources(sending: Sending) -> Iterator[str]:
    yield f"a=msid:{sending.stream} {sending.track}"
    ssrcs = [sending.ssrc]
    if sending.rtx_ssrc is not None:
        ssrcs.append(sending.rtx_ssrc)
        yield f"a=ssrc-group:FID {sending.ssrc} {sending.rtx_ssrc}"
    for ssrc in ssrcs:
        yield f"a=ssrc:{ssrc} cname:{sending.cname}"
        yield f"a=ssrc:{ssrc} msid:{sending.stream} {sending.track}"
