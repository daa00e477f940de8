"""What others may see of an act: frozen values, made anew after each fact. Nobody outside `rooms/` sees a `Room`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rooms.ids import ActId, DeviceId, EstablishmentId, PersonId, RecordingId, SeatId, SubjectId


class Kind(StrEnum):
    """Kinds of acts (code de la santé publique, art. R6316-1, and meetings without a patient)."""

    TLC = "TLC"  # téléconsultation
    TLE = "TLE"  # téléexpertise
    TLA = "TLA"  # téléassistance
    REG = "REG"  # réponse médicale in régulation
    RCP = "RCP"  # réunion de concertation pluridisciplinaire
    MTG = "MTG"  # meeting without a patient


class Urgency(StrEnum):
    SCHEDULED = "scheduled"
    EMERGENCY = "emergency"


class Role(StrEnum):
    """What a person does in an act. `admin` and `system` never sit."""

    PATIENT = "patient"
    REQUESTER = "requester"
    EXPERT = "expert"
    ATTENDANT = "attendant"
    SECRETARY = "secretary"
    REGULATOR = "regulator"
    ARM = "arm"
    SMUR = "smur"
    RADIOLOGIST = "radiologist"
    INR = "inr"
    INTERPRETER = "interpreter"
    FAMILY = "family"
    COORDINATOR = "coordinator"
    PRESENTER = "presenter"
    OBSERVER = "observer"
    TECHNICIAN = "technician"
    ADMIN = "admin"
    SYSTEM = "system"


class Presence(StrEnum):
    INVITED = "invited"  # never came, or left
    WAITING = "waiting"  # in the lobby
    ASKED = "asked"  # admitted, but a recording runs and she has not agreed yet: neither hears nor is heard
    PRESENT = "present"
    INTERRUPTED = "interrupted"  # her line is lost, her seat is kept
    REVOKED = "revoked"


class DeviceKind(StrEnum):
    MAIN = "main"
    WHIP = "whip"
    WHEP = "whep"
    CAMERA = "camera"  # a phone as second camera


@dataclass(frozen=True, slots=True)
class DeviceView:
    device: DeviceId
    kind: DeviceKind
    label: str
    connected: bool


class Purpose(StrEnum):
    """What consent is asked for, each by itself."""

    ACT = "act"
    RECORDING = "recording"
    PHOTO = "photo"
    THIRD_PERSONS = "third_persons"
    DATA_SHARING = "data_sharing"


class IdentityResult(StrEnum):
    CONFIRMED = "confirmed"
    DOUBTFUL = "doubtful"
    NOT_POSSIBLE = "not_possible"


class ConsentValue(StrEnum):
    OBTAINED = "obtained"
    REFUSED = "refused"
    NOT_POSSIBLE_EMERGENCY = "not_possible_emergency"
    BY_TRUSTED_PERSON = "by_trusted_person"
    BY_LEGAL_REPRESENTATIVE = "by_legal_representative"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConsentView:
    """`seat` None: the patient, who has no seat."""

    purpose: Purpose
    seat: SeatId | None
    value: ConsentValue
    recorded_by: SeatId | PersonId
    at: float


@dataclass(frozen=True, slots=True)
class SeatView:
    seat: SeatId
    role: Role
    name: str  # for screens only, never for logs
    person: PersonId | None
    presence: Presence
    devices: tuple[DeviceView, ...] = ()
    since: float | None = None  # when the present state of presence began
    moving_to: DeviceId | None = None  # a second main session asks for the seat, or has it and waits for media


class RecordingState(StrEnum):
    OFF = "off"
    ASKED = "asked"
    ON = "on"


@dataclass(frozen=True, slots=True)
class RecordingView:
    state: RecordingState = RecordingState.OFF
    recording: RecordingId | None = None
    asked_by: SeatId | None = None
    since: float | None = None
    missing: tuple[SeatId | None, ...] = ()  # who has not answered; None is the patient without a seat
    continues: RecordingId | None = None  # the recording that was cut off before this one


class Path(StrEnum):
    NONE = "none"  # nobody to send to yet, and a direct path is still possible
    DIRECT = "direct"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class PathView:
    path: Path = Path.NONE
    number: int = 0  # grows with each change
    # of the last change: "second-person", "third-person", "recording", "companion", "direct-failed" or "direct-off"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ActView:
    act: ActId
    number: str  # "2026-0417"
    kind: Kind
    components: tuple[Kind, ...]
    urgency: Urgency
    title: str
    requesting: EstablishmentId | None
    expert: EstablishmentId | None
    subject: SubjectId | None
    subject_seat: SeatId | None
    direct: bool  # two people may talk browser to browser
    state: str  # of the life cycle that `urgency` picks
    outcome: str  # reason code of a terminal state, or ""
    planned_start: float | None  # seconds since the epoch, UTC
    planned_minutes: int | None
    started_at: float | None
    ended_at: float | None
    version: int  # facts in its journal
    seats: tuple[SeatView, ...] = ()
    consents: tuple[ConsentView, ...] = ()
    identity: str | None = None  # how the patient's identity was checked
    recording: RecordingView = field(default_factory=RecordingView)
    path: PathView = field(default_factory=PathView)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation's token must name. An older serial of the same seat is dead."""

    seat: SeatId
    serial: int


class Outcome(StrEnum):
    """What became of a device that joined."""

    PRESENT = "present"
    WAITING = "waiting"
    ASKED = "asked"  # a recording runs: she answers first
    TAKEOVER_ASKED = "takeover-asked"  # the seat's first device is asked


@dataclass(frozen=True, slots=True)
class Joined:
    """`deadline`: until when the first device may answer, seconds since the epoch; only with `TAKEOVER_ASKED`."""

    outcome: Outcome
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line of chat; `text` is empty when it was erased."""

    version: int
    at: float
    seat: SeatId
    text: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One fact as a reader sees it. `data` are its fields; texts stand where the journal holds their digests."""

    version: int
    at: float
    type: str
    by: str  # "seat:…", "person:…", "admin:…" or "system"
    data: Mapping[str, object]
