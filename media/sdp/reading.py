"""Reads a client's description in one pass, with bounds on everything; refuses with SdpError and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from media.commands import MAX_SDP, MAX_TRACKS
from media.sdp.description import DEPENDENCY, MID, RID, Codec, Description, Direction, SdpError, Section

MAX_FORMATS = 128  # payload types have seven bits
MAX_SSRCS = 32  # in one section
MAX_MID = 16  # characters; an RTP header extension carries it in every packet
MAX_LAYERS = 4  # of one simulcast: browsers send three; each has two SSRCs
MAX_CHANNELS = 8  # what the recorder takes
MAX_PARAMETERS = 512  # characters of one fmtp; subscribers are offered it again
MIXED = "extmap-allow-mixed"
DIGESTS = {"sha-256": 32, "sha-384": 48, "sha-512": 64}  # bytes
DIRECTIONS: dict[str, Direction] = {name: name for name in ("sendrecv", "sendonly", "recvonly", "inactive")}
RTCP_CONFLICT = range(64, 96)  # payload types that look like RTCP when multiplexed (RFC 5761 §4)


@dataclass(slots=True)
class _Transport:
    ufrag: str = ""
    password: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    """A section while its lines come in."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    transport: _Transport = field(default_factory=_Transport)
    mid: str = ""
    direction: Direction | None = None
    bundle_only: bool = False
    muxed: bool = False
    names: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)
    feedback: dict[int, list[str]] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    mixed: bool = False  # elements of one and of two bytes' header may come in one stream (RFC 8285 §6)
    ssrcs: dict[int, None] = field(default_factory=dict)
    repairs: dict[int, None] = field(default_factory=dict)
    rids: dict[str, None] = field(default_factory=dict)  # that are sent
    simulcast: tuple[str, ...] = ()  # RIDs sent at once


@dataclass(slots=True)
class _Session:
    transport: _Transport = field(default_factory=_Transport)
    direction: Direction = "sendrecv"
    mixed: bool = False
    bundle: tuple[str, ...] | None = None
    sections: list[_Section] = field(default_factory=list)


def read(sdp: str) -> Description:
    """Raises SdpError: too large, invalid, too many sections, no credentials, no fingerprint we can compare."""
    if len(sdp) > MAX_SDP:
        raise SdpError("sdp-too-large", f"more than {MAX_SDP} characters")
    session = _Session()
    for line in sdp.splitlines():
        try:
            _read_line(session, line.strip())
        except SdpError:
            raise
        except ValueError as error:
            raise SdpError("sdp-invalid", f"a line starting with {line[:8]!r} cannot be read") from error
    if not session.sections:
        raise SdpError("sdp-invalid", "no section")
    return _description(session)


def _read_line(session: _Session, line: str) -> None:
    if line.startswith("m="):
        if len(session.sections) >= MAX_TRACKS:
            raise SdpError("too-many-sections", f"more than {MAX_TRACKS}")
        session.sections.append(_media_line(line[2:]))
    elif line.startswith("a="):
        name, _, value = line[2:].partition(":")
        if session.sections:
            _section_attribute(session.sections[-1], name, value.strip())
        else:
            _session_attribute(session, name, value.strip())


def _media_line(value: str) -> _Section:
    kind, port, protocol, *formats = value.split()
    if not formats or len(formats) > MAX_FORMATS:
        raise ValueError("number of formats")
    return _Section(kind, _number(port.partition("/")[0], 65_535), protocol, tuple(formats))


def _session_attribute(session: _Session, name: str, value: str) -> None:
    if name in _TRANSPORT:
        _TRANSPORT[name](session.transport, value)
    elif name in DIRECTIONS:
        session.direction = DIRECTIONS[name]
    elif name == MIXED:
        session.mixed = True
    elif name == "group":
        semantics, *mids = value.split()
        if semantics == "BUNDLE" and session.bundle is None:
            session.bundle = tuple(mids)


def _section_attribute(section: _Section, name: str, value: str) -> None:
    if name in _TRANSPORT:
        _TRANSPORT[name](section.transport, value)
    elif name in DIRECTIONS:
        section.direction = DIRECTIONS[name]
    elif name in _SECTION:
        _SECTION[name](section, value)


def _ufrag(transport: _Transport, value: str) -> None:
    if not 4 <= len(value) <= 256:
        raise ValueError("length of a=ice-ufrag")
    transport.ufrag = value


def _password(transport: _Transport, value: str) -> None:
    if not 22 <= len(value) <= 256:
        raise ValueError("length of a=ice-pwd")
    transport.password = value


def _setup(transport: _Transport, value: str) -> None:
    if value not in ("active", "passive", "actpass"):
        raise ValueError("a=setup")
    transport.setup = value


def _fingerprint(transport: _Transport, value: str) -> None:
    algorithm, digest = value.lower().split()
    if len(bytes.fromhex(digest.replace(":", ""))) != DIGESTS.get(algorithm, len(digest.split(":"))):
        raise ValueError("length of a=fingerprint")
    if len(transport.fingerprints) < len(DIGESTS) + 1:
        transport.fingerprints.append((algorithm, digest.upper()))


def _mid(section: _Section, value: str) -> None:
    if not 1 <= len(value) <= MAX_MID or not value.isascii() or len(value.split()) != 1:
        raise ValueError("a=mid")
    section.mid = value


def _bundle_only(section: _Section, _: str) -> None:
    section.bundle_only = True


def _rtcp_mux(section: _Section, _: str) -> None:
    section.muxed = True


def _rtpmap(section: _Section, value: str) -> None:
    payload_type, encoding = value.split(maxsplit=1)
    name, rate, *channels = encoding.split("/")
    audio = section.kind == "audio"
    section.names[_payload_type(payload_type)] = (
        name.strip(),
        _number(rate, 1_000_000, lowest=1),
        (_number(channels[0], MAX_CHANNELS, lowest=1) if channels else 1) if audio else 0,
    )


def _fmtp(section: _Section, value: str) -> None:
    payload_type, _, parameters = value.partition(" ")
    if len(parameters) > MAX_PARAMETERS:
        raise ValueError("length of a=fmtp")
    section.parameters[_payload_type(payload_type)] = parameters.strip()


def _rtcp_fb(section: _Section, value: str) -> None:
    payload_type, _, kind = value.partition(" ")
    if payload_type != "*":
        section.feedback.setdefault(_payload_type(payload_type), []).append(kind.strip())


def _extmap(section: _Section, value: str) -> None:
    number, uri, *_ = value.split()
    identifier = _number(number.partition("/")[0], 4351)
    if 1 <= identifier <= 255 and identifier != 15 and identifier not in section.extensions.values():
        section.extensions.setdefault(uri, identifier)


def _extmap_allow_mixed(section: _Section, _: str) -> None:
    section.mixed = True


def _ssrc(section: _Section, value: str) -> None:
    number, *_ = value.split()
    section.ssrcs[_number(number, 0xFFFF_FFFF)] = None
    if len(section.ssrcs) > MAX_SSRCS:
        raise ValueError("too many sources in one section")


def _ssrc_group(section: _Section, value: str) -> None:
    semantics, *members = value.split()
    if semantics == "FID" and len(members) == 2:
        section.repairs[_number(members[1], 0xFFFF_FFFF)] = None


def _rid(section: _Section, value: str) -> None:
    """RFC 8851 §10; restrictions are the sender's own business."""
    name, direction, *_ = value.split()
    if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= MAX_MID):
        raise ValueError("a=rid")
    if direction == "send":
        section.rids[name] = None
    if len(section.rids) > MAX_LAYERS:
        raise ValueError("too many layers in one section")


def _simulcast(section: _Section, value: str) -> None:
    """RFC 8853 §5.1: of alternatives the first is taken; a layer that begins paused (~) is a layer."""
    words = value.split()
    sent = dict(zip(words[::2], words[1::2], strict=False)).get("send", "")
    section.simulcast = tuple(entry.split(",")[0].removeprefix("~") for entry in sent.split(";") if entry)


_TRANSPORT: dict[str, Callable[[_Transport, str], None]] = {
    "ice-ufrag": _ufrag,
    "ice-pwd": _password,
    "setup": _setup,
    "fingerprint": _fingerprint,
}
_SECTION: dict[str, Callable[[_Section, str], None]] = {
    "mid": _mid,
    "bundle-only": _bundle_only,
    "rtcp-mux": _rtcp_mux,
    "rtpmap": _rtpmap,
    "fmtp": _fmtp,
    "rtcp-fb": _rtcp_fb,
    "extmap": _extmap,
    MIXED: _extmap_allow_mixed,
    "ssrc": _ssrc,
    "ssrc-group": _ssrc_group,
    "rid": _rid,
    "simulcast": _simulcast,
}


def _number(text: str, highest: int, lowest: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or not lowest <= int(text) <= highest:
        raise ValueError("a number is out of range")
    return int(text)


def _is_payload_type(text: str) -> bool:
    """A section of another protocol may have formats of any name; ours passes over them."""
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 127


def _payload_type(text: str) -> int:
    return _number(text, 127)


def _description(session: _Session) -> Description:
    sections = tuple(_section(section, session) for section in session.sections)
    mids = [section.mid for section in sections if section.mid]
    if len(set(mids)) != len(mids):
        raise SdpError("sdp-invalid", "two sections have one mid")
    transport = _bundled_transport(session, sections)
    return Description(
        sections, session.bundle or (), transport.ufrag, _comparable(transport.fingerprints), transport.setup
    )


def _section(lines: _Section, session: _Session) -> Section:
    return Section(
        kind=lines.kind,
        mid=lines.mid,
        protocol=lines.protocol,
        formats=lines.formats,
        rejected=lines.port == 0 and not lines.bundle_only,
        direction=lines.direction or session.direction,
        muxed=lines.muxed,
        codecs=tuple(_codecs(lines)) if lines.kind in ("audio", "video") else (),
        extensions=_extensions(lines, mixed=lines.mixed or session.mixed),
        media_ssrcs=tuple(ssrc for ssrc in lines.ssrcs if ssrc not in lines.repairs),
        repair_ssrcs=tuple(lines.repairs),
        layers=_layers(lines),
    )


def _extensions(lines: _Section, *, mixed: bool) -> dict[str, int]:
    """Descriptors that bring a structure do not fit elements of one byte's header: of no use without the others."""
    return {uri: number for uri, number in lines.extensions.items() if mixed or uri != DEPENDENCY}


def _layers(lines: _Section) -> tuple[str, ...]:
    """Only what the simulcast names and a=rid declares, where packets can tell it (RFC 8853 §5.2)."""
    declared = tuple(rid for rid in dict.fromkeys(lines.simulcast) if rid in lines.rids)
    return declared if len(declared) > 1 and RID in lines.extensions and MID in lines.extensions else ()


def _codecs(lines: _Section) -> list[Codec]:
    known = [int(text) for text in dict.fromkeys(lines.formats) if _is_payload_type(text)]
    return [
        Codec(
            payload_type,
            *lines.names[payload_type],
            parameters=lines.parameters.get(payload_type, ""),
            feedback=tuple(lines.feedback.get(payload_type, ())),
        )
        for payload_type in known
        if payload_type in lines.names and payload_type not in RTCP_CONFLICT
    ]


def _bundled_transport(session: _Session, sections: tuple[Section, ...]) -> _Transport:
    """Transport attributes of the first section in use, or of the whole session (RFC 9143 §7)."""
    own = next(
        (lines.transport for lines, read in zip(session.sections, sections, strict=True) if not read.rejected), None
    )
    if own is None:
        raise SdpError("sdp-unsupported", "every section is rejected")
    whole = session.transport
    transport = _Transport(
        own.ufrag or whole.ufrag,
        own.password or whole.password,
        own.setup or whole.setup,
        own.fingerprints or whole.fingerprints,
    )
    if not transport.ufrag or not transport.password:
        raise SdpError("ice-credentials-missing", "a=ice-ufrag and a=ice-pwd are needed")
    return transport


def _comparable(fingerprints: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    if not fingerprints:
        raise SdpError("fingerprint-missing", "a=fingerprint is needed")
    known = tuple(fingerprint for fingerprint in fingerprints if fingerprint[0] in DIGESTS)
    if not known:
        raise SdpError("fingerprint-unsupported", f"one of {', '.join(DIGESTS)} is needed")
    return known
