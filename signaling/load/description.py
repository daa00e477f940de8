"""A virtual participant's offers, and what it needs of the relay's answers."""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from media.sdp.description import MID, TRANSPORT_CC
from media.sdp.reading import read

AUDIO_TYPE, VIDEO_TYPE = 111, 96  # payload types
MID_ID, TRANSPORT_CC_ID = 1, 3  # header extensions
FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")
_CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.MULTILINE | re.IGNORECASE)
_PASSWORD = re.compile(r"^a=ice-pwd:(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Credentials:
    """ICE's (RFC 8445 §5.3)."""

    ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    password: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section; `ssrc` 0 receives."""

    kind: str  # "audio" or "video"
    ssrc: int = 0
    tells_arrivals: bool = True  # of a receiving one: transport-wide feedback, as browsers give it


@dataclass(frozen=True, slots=True)
class Answer:
    credentials: Credentials
    fingerprints: tuple[tuple[str, str], ...]
    addresses: tuple[tuple[str, int], ...]  # UDP, best first
    ssrcs: tuple[int, ...]  # of what the relay sends


def offer(sections: Sequence[Section], credentials: Credentials, fingerprint: str) -> str:
    return "\r\n".join(_lines(sections, credentials, fingerprint)) + "\r\n"


def read_answer(sdp: str) -> Answer:
    """Raises SdpError, or ValueError when it names no address that can be reached by UDP."""
    described = read(sdp)
    password = _PASSWORD.search(sdp)
    addresses = tuple((host, int(port)) for host, port in dict.fromkeys(_CANDIDATE.findall(sdp)))
    if password is None or not addresses:
        raise ValueError("the answer names no UDP address")
    ssrcs = tuple(section.media_ssrcs[0] for section in described.sections if section.sends and section.media_ssrcs)
    return Answer(Credentials(described.ufrag, password[1]), described.fingerprints, addresses, ssrcs)


def _lines(sections: Sequence[Section], credentials: Credentials, fingerprint: str) -> Iterator[str]:
    yield from ("v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 0.0.0.0", "s=-", "t=0 0")
    yield "a=group:BUNDLE " + " ".join(str(mid) for mid in range(len(sections)))
    for mid, section in enumerate(sections):
        number = AUDIO_TYPE if section.kind == "audio" else VIDEO_TYPE
        yield from (f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {number}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}")
        yield from (f"a=ice-ufrag:{credentials.ufrag}", f"a=ice-pwd:{credentials.password}")
        yield from (f"a=fingerprint:sha-256 {fingerprint}", "a=setup:active", "a=rtcp-mux", "a=rtcp-rsize")
        yield from (f"a=extmap:{MID_ID} {MID}", f"a=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC}")
        if section.kind == "audio":
            yield f"a=rtpmap:{number} opus/48000/2"
        else:
            yield f"a=rtpmap:{number} VP8/90000"
        yield from _sending(section, number) if section.ssrc else _receiving(section, number)


def _sending(section: Section, number: int) -> Iterator[str]:
    yield from (f"a=rtcp-fb:{number} {kind}" for kind in FEEDBACK if section.kind == "video" or kind == "transport-cc")
    yield from ("a=sendonly", f"a=ssrc:{section.ssrc} cname:load")


def _receiving(section: Section, number: int) -> Iterator[str]:
    """No repair is agreed to: what is lost shall show."""
    if section.tells_arrivals:
        yield f"a=rtcp-fb:{number} transport-cc"
    yield "a=recvonly"
