"""What a session description says, as far as the relay listens.

Candidates are not in it: an ICE-lite agent learns addresses from checks, so those that a client names are never read.
"""

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

DEPENDENCY = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"


class SdpError(ValueError):
    """A description the relay refuses; `code` is one of `media.events.FailureCode`, the text is for a developer."""

    def __init__(
        self,
        code: Literal[
            "sdp-too-large",
            "sdp-invalid",
            "sdp-unsupported",
            "fingerprint-missing",
            "fingerprint-unsupported",
            "ice-credentials-missing",
            "too-many-sections",
        ],
        detail: str,
    ) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a section: its rtpmap, fmtp and rtcp-fb lines."""

    payload_type: int
    name: str  # as written: VP8, opus, rtx
    clock_rate: int  # Hz
    channels: int = 0  # 0 for video
    parameters: str = ""  # fmtp
    feedback: tuple[str, ...] = ()

    def parameter(self, name: str) -> str | None:
        """One fmtp parameter's value, for example `apt` of an rtx payload type."""
        for part in self.parameters.split(";"):
            key, equals, value = part.strip().partition("=")
            if equals and key.strip().lower() == name:
                return value.strip()
        return None


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section of a client's description."""

    kind: str  # audio, video, application …
    mid: str  # empty if the section has none
    protocol: str
    formats: tuple[str, ...]
    rejected: bool  # port 0 and not `bundle-only`
    direction: Direction
    muxed: bool  # a=rtcp-mux
    codecs: tuple[Codec, ...]  # in the order of the m-line, rtx among them
    extensions: dict[str, int]  # URI → id
    media_ssrcs: tuple[int, ...]
    repair_ssrcs: tuple[int, ...]  # second members of a=ssrc-group:FID
    layers: tuple[str, ...] = ()  # RIDs of a simulcast that the client sends, best first; empty: one stream

    @property
    def is_media(self) -> bool:
        return self.kind in ("audio", "video")

    @property
    def sends(self) -> bool:
        return not self.rejected and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        return not self.rejected and self.direction in ("sendrecv", "recvonly")

    def repair_of(self, payload_type: int) -> Codec | None:
        """The rtx payload type that repairs `payload_type` (RFC 4588 §8.1)."""
        for codec in self.codecs:
            if codec.name.lower() == "rtx" and codec.parameter("apt") == str(payload_type):
                return codec
        return None


@dataclass(frozen=True, slots=True)
class Description:
    """A client's offer or answer. Transport attributes are those of the first section that is not rejected."""

    sections: tuple[Section, ...]
    bundle: tuple[str, ...]  # mids of the BUNDLE group, its tag first
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]  # algorithm in lower case, value
    setup: str  # empty if absent


@dataclass(frozen=True, slots=True)
class Sending:
    """What the relay sends in a section: the names that tie sound to picture, and the sources."""

    stream: str
    track: str
    ssrc: int
    rtx_ssrc: int | None
    cname: str


@dataclass(frozen=True, slots=True)
class Line:
    """One m-section as the relay writes it; without codecs it is a rejection."""

    kind: str
    mid: str
    direction: Direction = "inactive"
    codecs: tuple[Codec, ...] = ()
    extensions: dict[str, int] = field(default_factory=dict)  # URI → id
    sending: Sending | None = None
    layers: tuple[str, ...] = ()  # RIDs of a simulcast that the relay receives
    protocol: str = "UDP/TLS/RTP/SAVPF"
    formats: tuple[str, ...] = ()  # of a rejection: as the client wrote them
    bundled: bool = True


@dataclass(frozen=True, slots=True)
class Local:
    """The relay's side of one peer's transport."""

    ufrag: str
    password: str
    fingerprint: str  # SHA-256 of the certificate, as in SDP
    addresses: tuple[tuple[str, int], ...]  # host candidates, best first
    tcp: bool = False  # lines are taken there, too (RFC 6544)
