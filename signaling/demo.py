"""`visite demo`: the server with a Télé-AVC act between two fictitious hospitals, and a link for each of its people.

Its data lie in a folder of their own, so that no fictitious patient ever stands beside a real one. Its media are also
reached by the machine's own address, unless the settings name one: Firefox sends nothing to a loopback address.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address

import msgspec

from rooms.directory.people import Establishment, Person
from rooms.directory.sql import SqlDirectory
from rooms.ids import ActId, EstablishmentId, PersonId, SubjectId
from rooms.plan import ActPlan
from rooms.roles import AdminCaller
from rooms.views import Kind, Role, Urgency
from signaling.api.services import Services
from signaling.app import running, stop_requested
from signaling.config import MediaSettings, RecordingsSettings, RoomsSettings, Settings
from signaling.telemetry import start_logging

VALMONT = Establishment(EstablishmentId("demo-valmont"), "Centre hospitalier de Valmont")
ROCHEBRUNE = Establishment(EstablishmentId("demo-rochebrune"), "CHU de Rochebrune")
PHYSICIAN = Person(PersonId("demo-physician"), VALMONT.establishment, "Dr Inès Carpentier")
NEUROLOGIST = Person(PersonId("demo-neurologist"), ROCHEBRUNE.establishment, "Dr Hugo Lemoine")
DAUGHTER = "Léa Fontaine"
DEMO = AdminCaller("demo")
LOOPBACK = MediaSettings().host
EVERY_ADDRESS = str(IPv4Address(socket.INADDR_ANY))
ELSEWHERE = ("192.0.2.1", 9)  # an address of documentation (RFC 5737), which stands for the rest of the world
TEST_PICTURE = "&demo=1"  # in the fragment: the page may send a test picture where there is no camera

TEXT = """
Visite is ready: a Télé-AVC act between {requesting} and {expert}.
Open each link in a tab of its own on this machine. Without a camera a moving test picture is sent.

  Emergency physician, beside the patient: {physician}
    {physician_url}

  Neurologist, far away: {neurologist}
    {neurologist_url}

  The patient's daughter, who waits until one of them lets her in: {daughter}
    {daughter_url}

  The physician's list of acts, with timeline and recordings (good once):
    {sign_in_url}

All of this is fictitious and lies in {folder}. Ctrl-C ends it.
Sound and pictures go to UDP port {ports} of {addresses}.
"""


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Runs until SIGTERM or SIGINT. Raises what `app.running` raises."""
    settings = apart(settings)
    start_logging("warning", private=settings.signaling.log_private)  # the links are to stay in sight
    stop = stop_requested()
    async with running(settings) as services:
        say(
            TEXT.format(
                folder=settings.data_dir,
                ports=", ".join(map(str, services.workers.ports)),
                addresses=" and ".join(host for host, _ in settings.media.candidates),
                **await plan(services),
            )
        )
        await stop.asked.wait()


def apart(settings: Settings) -> Settings:
    """The settings with a data folder of the demonstration's own, and media that every browser here reaches."""
    return msgspec.structs.replace(
        settings,
        signaling=msgspec.structs.replace(settings.signaling, data_dir=str(settings.data_dir / "demo")),
        media=reachable(settings.media, own_address()),
        rooms=RoomsSettings(),
        recordings=RecordingsSettings(),
    )


def reachable(media: MediaSettings, own: str | None) -> MediaSettings:
    """Media on all addresses, the machine's `own` named first; as they are where it has none, or somebody chose."""
    if own is None or media != msgspec.structs.replace(media, host=LOOPBACK, advertise=()):
        return media
    return msgspec.structs.replace(media, host=EVERY_ADDRESS, advertise=(own, LOOPBACK))


def own_address() -> str | None:
    """The address by which this machine would reach others; no packet is sent to find it. None: only loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


async def plan(services: Services) -> dict[str, str]:
    """A new alert with its three people; what the text needs to name them."""
    await people(services.directory)
    alert = ActPlan(
        kind=Kind.TLC,
        title="Télé-AVC",
        components=(Kind.TLE, Kind.TLA),
        urgency=Urgency.EMERGENCY,
        requesting=VALMONT.establishment,
        expert=ROCHEBRUNE.establishment,
        subject=SubjectId("fictitious-patient"),
        start="now",
    )
    act = (await services.rooms.create_act(DEMO, alert)).act
    return {
        "requesting": VALMONT.name,
        "expert": ROCHEBRUNE.name,
        "physician": PHYSICIAN.name,
        "physician_url": await invite(services, act, Role.REQUESTER, PHYSICIAN.name, PHYSICIAN.person),
        "neurologist": NEUROLOGIST.name,
        "neurologist_url": await invite(services, act, Role.EXPERT, NEUROLOGIST.name, NEUROLOGIST.person),
        "daughter": DAUGHTER,
        "daughter_url": await invite(services, act, Role.FAMILY, DAUGHTER),
        "sign_in_url": services.links.sign_in(PHYSICIAN.person),
    }


async def people(directory: SqlDirectory) -> None:
    """Both hospitals and their two physicians, unless an earlier demonstration left them."""
    if await directory.person(NEUROLOGIST.person) is not None:
        return
    for establishment in (VALMONT, ROCHEBRUNE):
        await directory.add_establishment(establishment)
    for person in (PHYSICIAN, NEUROLOGIST):
        await directory.add_person(person)


async def invite(services: Services, act: ActId, role: Role, name: str, person: PersonId | None = None) -> str:
    """The link of a new seat."""
    made = await services.rooms.invite(DEMO, act, role, name, person)
    return services.links.join(act, made.seat, made.serial) + TEST_PICTURE
