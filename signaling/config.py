"""config.toml → frozen settings of each house. An unknown key or a bad value stops the start and names the dotted key.

Units stand in the names; reasons stand in config.toml, which holds every setting with its default. Secrets are never
settings: keys are files below `signaling.data_dir`.
"""

import ipaddress
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65_535)]  # 0 takes a free one
Host = Annotated[str, Meta(min_length=1, max_length=255)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
TurnUrl = Annotated[str, Meta(max_length=255, pattern=r"^turns?:[^\s@/]+$")]
Language = Literal["fr", "en"]


class ConfigError(Exception):
    """A setting is wrong; the text begins with its dotted key, or with the file's name."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the sections. A `__post_init__` that refuses raises ValueError("key: why")."""


def is_wildcard(host: str) -> bool:
    """Whether an address to bind stands for every address, and so names none that a client could use."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def endpoint(written: str) -> tuple[str, int]:
    """Address and port of "IP", "IPv4:port" or "[IPv6]:port"; port 0 where none is written. Raises ValueError."""
    found = re.fullmatch(r"\[(?P<bare>[^\]]+)\]:(?P<port>\d{1,5})|(?P<v4>[\d.]+):(?P<v4_port>\d{1,5})", written)
    host, port = (found["bare"] or found["v4"], int(found["port"] or found["v4_port"])) if found else (written, 0)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"advertise: {written!r} is not an IP address") from None
    if address.is_unspecified or address.is_multicast or "%" in host or port > 65_535 or (found and not port):
        raise ValueError(f"advertise: {written!r} is nowhere a client could send to")
    return host, port


def _check_public_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("public_url: must be scheme and host, for example https://visite.example")


class SignalingSettings(Section, frozen=True):
    host: Host = "127.0.0.1"
    port: Port = 8080
    public_url: Annotated[str, Meta(max_length=255)] = ""
    tls_certificate: str = ""
    tls_key: str = ""
    data_dir: Annotated[str, Meta(min_length=1)] = "data"
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = ("fr", "en")
    help_phone: Annotated[str, Meta(max_length=32)] = ""
    sign_in_hours: Annotated[float, Meta(gt=0, le=24)] = 12.0
    sign_in_link_minutes: Annotated[float, Meta(gt=0, le=1_440)] = 60.0
    invitation_hours: Annotated[float, Meta(gt=0, le=720)] = 24.0
    api_token_days: Annotated[float, Meta(gt=0, le=3_650)] = 365.0
    first_command_s: Seconds = 10.0
    grace_s: Seconds = 2.0
    keep_s: Seconds = 120.0
    idle_sockets: Annotated[int, Meta(ge=1)] = 5_000
    drain_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_private: bool = False

    def __post_init__(self) -> None:
        if bool(self.tls_certificate) != bool(self.tls_key):
            missing = "tls_key" if self.tls_certificate else "tls_certificate"
            raise ValueError(f"{missing}: certificate and key are given together or not at all")
        if self.public_url:
            _check_public_url(self.public_url)
        elif is_wildcard(self.host):
            raise ValueError("public_url: needed for links when signaling.host stands for every address")


class MediaSettings(Section, frozen=True):
    host: Host = "127.0.0.1"
    port: Port = 8443
    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    advertise: str | tuple[str, ...] = ()
    tcp: bool = True
    plane: Literal["auto", "compiled", "pure"] = "auto"
    video_codecs: Annotated[tuple[Literal["vp9", "av1"], ...], Meta(max_length=2)] = ()

    def __post_init__(self) -> None:
        if self.plane == "compiled" and find_spec("media.plane._native") is None:
            raise ValueError("plane: the compiled one was not built here; it takes gcc, libssl-dev and python3-dev")
        if self.port and self.port + self.processes > 65_536:
            raise ValueError("workers: more than there are ports from media.port on")
        if not self.advertised and is_wildcard(self.host):
            raise ValueError("advertise: needed when media.host stands for every address")
        for written in self.advertised:
            host, port = endpoint(written)
            if self.host != "::" and (":" in host) != (":" in self.host):
                raise ValueError(f"advertise: {written!r} is of another family than media.host")
            if port and port + self.processes > 65_536:
                raise ValueError(f"advertise: {written!r} leaves fewer ports than there are workers")

    @property
    def processes(self) -> int:
        """How many workers there are; 0 stands for one on each core that this process may use."""
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def advertised(self) -> tuple[str, ...]:
        """Addresses as written, without the default."""
        given = (self.advertise,) if isinstance(self.advertise, str) else self.advertise
        return tuple(address for address in given if address)

    @property
    def candidates(self) -> tuple[tuple[str, int], ...]:
        """Addresses and ports that go into ICE candidates; port 0 is the one that is bound."""
        return tuple(endpoint(written) for written in self.advertised) or ((self.host, 0),)


class TurnSettings(Section, frozen=True):
    urls: Annotated[tuple[TurnUrl, ...], Meta(max_length=8)] = ()
    secret: str = ""

    def __post_init__(self) -> None:
        if bool(self.urls) != bool(self.secret):
            missing = "secret" if self.urls else "urls"
            raise ValueError(f"{missing}: addresses and the file of their secret are given together or not at all")


class RoomsSettings(Section, frozen=True):
    database: str = ""


class RecordingsSettings(Section, frozen=True):
    enabled: bool = True
    directory: str = ""
    reserve_bytes: Annotated[int, Meta(ge=0)] = 1_073_741_824


class Settings(Section, frozen=True):
    signaling: SignalingSettings = SignalingSettings()
    media: MediaSettings = MediaSettings()
    turn: TurnSettings = TurnSettings()
    rooms: RoomsSettings = RoomsSettings()
    recordings: RecordingsSettings = RecordingsSettings()
    folder: Path = Path()  # relative paths start here: where the file lies

    def path(self, written: str) -> Path:
        """A path as written in the file, made absolute."""
        return (self.folder / Path(written).expanduser()).resolve()

    @property
    def data_dir(self) -> Path:
        return self.path(self.signaling.data_dir)

    @property
    def database(self) -> Path:
        """SQLite's file."""
        return self.path(self.rooms.database) if self.rooms.database else self.data_dir / "visite.sqlite"

    @property
    def recordings_dir(self) -> Path:
        return self.path(self.recordings.directory) if self.recordings.directory else self.data_dir / "recordings"


class _File(Section, frozen=True):
    """What may stand in config.toml: the sections of `Settings`."""

    signaling: SignalingSettings = SignalingSettings()
    media: MediaSettings = MediaSettings()
    turn: TurnSettings = TurnSettings()
    rooms: RoomsSettings = RoomsSettings()
    recordings: RecordingsSettings = RecordingsSettings()


def load(path: Path | None) -> Settings:
    """Settings of a file; of ./config.toml, or the defaults, when none is named. Raises ConfigError."""
    if path is None:
        path = Path("config.toml")
        if not path.exists():
            return Settings(folder=Path.cwd())
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    return parse(text, path.resolve().parent, str(path))


def parse(text: bytes | str, folder: Path, name: str = "config.toml") -> Settings:
    """Settings of a file's text; `folder` is where its relative paths start. Raises ConfigError."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except msgspec.ValidationError as error:
        _explain(error)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{name}: {error}") from None
    return Settings(file.signaling, file.media, file.turn, file.rooms, file.recordings, folder)


def _explain(error: msgspec.ValidationError) -> NoReturn:
    """msgspec says "why - at `$.section.key`"; people look for section.key first."""
    why, _, where = str(error).partition(" - at `$")
    where = where.rstrip("`").strip(".")
    key = r"Object contains unknown field `(?P<key>[^`]*)`"
    if found := re.fullmatch(key, why):
        raise ConfigError(f"{_dotted(where, found['key'])}: unknown key") from None
    if found := re.match(r"(?P<key>[a-z_]+): (?P<why>.*)", why):
        raise ConfigError(f"{_dotted(where, found['key'])}: {found['why']}") from None
    raise ConfigError(f"{where}: {why}") from None


def _dotted(*parts: str) -> str:
    return ".".join(part for part in parts if part)
