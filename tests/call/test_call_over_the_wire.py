"""Whole calls: real sockets, a real media worker in its own process, real DTLS; only the pictures are grey."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from recordings.manifest import MANIFEST, Manifest, State, Track
from rooms.ids import DeviceId
from rooms.plan import ActChange
from rooms.views import DeviceKind, Kind, Role
from signaling import bridge
from signaling import messages as wire
from tests.support.acts import ADMIN, Act
from tests.support.node import Node, node
from tests.support.scale import patient
from tests.support.simple_peer import CONFIGURATION, SimplePeer, loopback_candidates

__all__ = ["loopback_candidates"]
LONG_S = 30.0  # for a process to be started on a busy machine
pytestmark = pytest.mark.usefixtures("loopback_candidates")


@pytest.fixture
async def here() -> AsyncIterator[Node]:
    async with node(workers=1) as running:
        yield running


@asynccontextmanager
async def person(here: Node, act: Act, name: str) -> AsyncIterator[SimplePeer]:
    """Somebody who has joined and answers the relay's offers; she publishes when the test says so."""
    async with here.client() as client, asyncio.TaskGroup() as tasks:
        await client.join(act, name)
        peer = SimplePeer(client, tasks)
        following = tasks.create_task(peer.follow())
        try:
            yield peer
        finally:
            following.cancel()
            await peer.close()


async def three(here: Node) -> Act:
    act = await here.consultation.open_act(Kind.MTG)
    for name in ("anne", "bruno", "chloe"):
        await act.seat(name, Role.EXPERT)
    return act


async def on_relay(*peers: SimplePeer) -> None:
    for peer in peers:
        if not any(w.snapshot and w.snapshot.path.path == "relay" for w in peer.client.told(wire.Welcome)):
            await peer.client.hear(wire.PathChanged, lambda event: event.path.path == "relay")


async def test_three_people_see_and_hear_each_other_and_a_removed_one_is_out_within_a_second(here: Node) -> None:
    act = await three(here)
    seats = act.seats
    async with (
        person(here, act, "anne") as anne,
        person(here, act, "bruno") as bruno,
        person(here, act, "chloe") as chloe,
    ):
        await on_relay(anne, bruno, chloe)
        for peer in (anne, bruno, chloe):
            await peer.publish()
        for peer, others in ((anne, ("bruno", "chloe")), (bruno, ("anne", "chloe")), (chloe, ("anne", "bruno"))):
            for other in others:
                await peer.sees(seats[other], "camera")
                await peer.sees(seats[other], "microphone")
        for peer, own in ((anne, "anne"), (bruno, "bruno"), (chloe, "chloe")):
            assert peer.frames[(seats[own], "camera")] == 0

        asked = time.monotonic()
        await anne.client.ask(wire.Remove, seat=seats["chloe"])
        assert (await chloe.client.hear(wire.Left)).reason == "removed"
        await anne.client.seat(seats["chloe"], lambda seat: seat.presence == "revoked" and not seat.sources)
        await asyncio.sleep(max(0.0, asked + 1.0 - time.monotonic()))
        quiet = chloe.frames.total(), anne.frames[(seats["chloe"], "camera")]
        await anne.sees(seats["bruno"], "camera", more=10)
        assert (chloe.frames.total(), anne.frames[(seats["chloe"], "camera")]) == quiet


async def test_a_killed_worker_is_replaced_and_everybody_is_back_without_a_click(here: Node) -> None:
    act = await three(here)
    await act.service.change_act(ADMIN, act.act, ActChange(direct=False))
    async with person(here, act, "anne") as anne, person(here, act, "bruno") as bruno:
        await on_relay(anne, bruno)
        await anne.publish()
        await bruno.sees(act.seats["anne"], "camera", more=3)
        kill(here, 0)
        killed = time.monotonic()
        await anne.client.hear(wire.MediaReset)
        await anne.publish()  # whoever told it has another worker already
        await bruno.sees(act.seats["anne"], "camera", more=3)
        assert time.monotonic() - killed < patient(10.0)
        assert bruno.connections == 2


async def test_acts_are_spread_over_the_workers_and_those_of_a_killed_one_go_on_at_another() -> None:
    async with node(workers=2) as here, AsyncExitStack() as people:
        calls: list[tuple[Act, SimplePeer, SimplePeer]] = []
        for _ in range(2):
            act = await three(here)
            await act.service.change_act(ADMIN, act.act, ActChange(direct=False))
            anne = await people.enter_async_context(person(here, act, "anne"))
            bruno = await people.enter_async_context(person(here, act, "bruno"))
            await on_relay(anne, bruno)
            await anne.publish()
            await bruno.sees(act.seats["anne"], "camera")
            calls.append((act, anne, bruno))
        assert here.bridge.acts == [1, 1]
        async with asyncio.timeout(60):
            while [load.peers for load in here.workers.loads] != [2, 2]:
                await asyncio.sleep(0.05)
        kill(here, 0)
        for act, anne, bruno in calls:
            if act is calls[0][0]:
                await anne.client.hear(wire.MediaReset)
                await anne.publish()
            await bruno.sees(act.seats["anne"], "camera", more=3)
        assert here.bridge.acts == [0, 2]
        assert calls[1][1].client.told(wire.MediaReset) == []


async def test_two_people_negotiate_directly_and_move_to_the_relay_when_the_third_comes(here: Node) -> None:
    act = await three(here)
    async with here.client() as anne, here.client() as bruno:
        await anne.join(act, "anne")
        await bruno.join(act, "bruno")
        path = (await anne.hear(wire.PathChanged, lambda event: event.path.path == "direct")).path
        assert (path.offers, path.other) == (True, act.seats["bruno"])
        refused = await anne.ask(wire.Publish, sdp="v=0", sources=())
        assert refused.code == "wrong-path"

        sources = (wire.PublishedSource("0", "camera"),)
        await anne.ask(wire.Signal, number=path.number, kind="offer", body="an offer", sources=sources)
        step = await bruno.hear(wire.Signalled)
        assert (step.kind, step.body, step.sources) == ("offer", "an offer", sources)
        shown = await bruno.seat(act.seats["anne"], lambda seat: bool(seat.sources))
        assert shown.sources == (wire.SourceState("camera", False),)
        stale = await anne.ask(wire.Signal, number=path.number + 7, kind="candidate", body="{}")
        assert stale.code == "wrong-path"
        for end in (anne, bruno):
            await end.ask(wire.DirectState, number=path.number, state="connected")
        async with here.client() as chloe:
            await chloe.join(act, "chloe")
            moved = (await anne.hear(wire.PathChanged, lambda event: event.path.path == "relay")).path
            assert (moved.reason, moved.number) == ("third-person", path.number + 1)
        await anne.post(wire.Chat(id=99, text="encore"))
        await anne.hear(wire.Said)
        assert anne.told(wire.PathChanged)[-1].path.path == "relay"


async def test_a_direct_path_that_one_end_gives_up_moves_to_the_relay(here: Node) -> None:
    act = await three(here)
    async with here.client() as anne, here.client() as bruno:
        await anne.join(act, "anne")
        await bruno.join(act, "bruno")
        number = (await bruno.hear(wire.PathChanged, lambda event: event.path.path == "direct")).path.number
        await bruno.ask(wire.DirectState, number=number, state="failed")
        moved = await anne.hear(wire.PathChanged, lambda event: event.path.path == "relay")
        assert moved.path.reason == "direct-failed"


async def test_a_direct_path_that_never_comes_up_moves_to_the_relay_after_five_seconds(here: Node) -> None:
    act = await three(here)
    async with here.client() as anne, here.client() as bruno:
        await anne.join(act, "anne")
        await bruno.join(act, "bruno")
        direct = await bruno.hear(wire.PathChanged, lambda event: event.path.path == "direct")
        began = time.monotonic()
        await bruno.ask(wire.DirectState, number=direct.path.number, state="connected")
        await asyncio.sleep(1.0)
        assert anne.told(wire.PathChanged)[-1].path.path == "direct"
        async with asyncio.timeout(patient(6.0)):
            while anne.told(wire.PathChanged)[-1].path.path != "relay":
                await asyncio.sleep(0.02)
        assert 4.5 < time.monotonic() - began < patient(6.0)


async def test_who_is_asked_about_a_recording_neither_hears_nor_is_heard_until_she_agrees(tmp_path: Path) -> None:
    async with node(workers=1, recordings=tmp_path) as here:
        act = await three(here)
        async with person(here, act, "anne") as anne, person(here, act, "bruno") as bruno:
            await recorded(anne, bruno)
            await bruno.sees(act.seats["anne"], "camera")
            async with person(here, act, "chloe") as chloe:
                assert chloe.client.told(wire.Welcome)[0].outcome == "asked"
                with pytest.raises(RuntimeError, match="not-admitted"):
                    await chloe.publish()
                await bruno.sees(act.seats["anne"], "camera", more=20)
                assert (chloe.frames.total(), chloe.client.told(wire.Subscribe)) == (0, [])
                await chloe.client.ask(wire.Consent, purpose="recording", value="obtained")
                await chloe.sees(act.seats["anne"], "camera")
                await chloe.publish()
                await anne.sees(act.seats["chloe"], "camera")


async def test_a_recording_ends_within_a_second_when_somebody_withdraws_and_has_everybody_on_it(tmp_path: Path) -> None:
    async with node(workers=1, recordings=tmp_path) as here:
        act = await three(here)
        async with person(here, act, "anne") as anne, person(here, act, "bruno") as bruno:
            await recorded(anne, bruno)
            await bruno.publish()
            await bruno.sees(act.seats["anne"], "camera", more=40)
            asked = time.monotonic()
            await bruno.client.ask(wire.Consent, purpose="recording", value="withdrawn")
            await anne.client.hear(wire.RecordingChanged, lambda event: event.recording.state == "off", after=2)
            assert time.monotonic() - asked < patient(1.0)
            async with asyncio.timeout(patient(10.0)):
                while not (files := tracks_of(tmp_path)):
                    await asyncio.sleep(0.05)
        sources = sorted((track.label, track.source) for track in files)
        everybody = (act.seats["anne"], act.seats["bruno"])
        assert sources == sorted((seat, source) for seat in everybody for source in ("camera", "microphone"))


async def test_a_server_that_stops_closes_the_recording_well(tmp_path: Path) -> None:
    async with AsyncExitStack() as people:
        async with node(workers=1, recordings=tmp_path) as here:
            act = await three(here)
            anne, bruno = [await people.enter_async_context(person(here, act, name)) for name in ("anne", "bruno")]
            await recorded(anne, bruno)
            await bruno.sees(act.seats["anne"], "camera", more=20)
        assert {track.source for track in tracks_of(tmp_path)} == {"camera", "microphone"}
    assert anne.client.told(wire.Left)[-1].reason == "server-stopping"


async def test_a_recording_whose_recorder_is_killed_goes_on_in_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.tape.RECORDER_S", LONG_S)
    async with node(workers=1, recordings=tmp_path) as here:
        act = await three(here)
        async with person(here, act, "anne") as anne, person(here, act, "bruno") as bruno:
            await recorded(anne, bruno)
            await bruno.sees(act.seats["anne"], "camera", more=40)
            pid = here.workers.recorder_pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(LONG_S):
                while "recording-continued" not in await act.facts():
                    await asyncio.sleep(0.05)
            continued = await bruno.client.hear(wire.RecordingChanged, after=2)
            assert continued.recording.state == "on"  # and nobody was asked again
            await bruno.sees(act.seats["anne"], "camera", more=40)
            await anne.client.ask(wire.Record, on=False)
            async with asyncio.timeout(60):
                while len(manifests := finished(tmp_path)) < 2:
                    await asyncio.sleep(0.05)
        first, second = sorted(manifests, key=lambda manifest: manifest.continues is not None)
        assert (first.state, second.state) == (State.RECOVERED, State.FINISHED)
        assert second.continues == first.recording
        assert second.gap_s is not None
        for manifest in (first, second):
            assert {track.source for track in manifest.tracks} == {"camera", "microphone"}


async def test_a_seat_moves_to_a_second_device_only_once_that_one_has_media(here: Node) -> None:
    act = await three(here)
    await act.service.change_act(ADMIN, act.act, ActChange(direct=False))
    async with person(here, act, "bruno") as bruno, person(here, act, "anne") as phone:
        await on_relay(bruno, phone)
        await phone.publish()
        await bruno.publish()
        await bruno.sees(act.seats["anne"], "camera")
        async with person(here, act, "anne") as desk:
            await phone.client.hear(wire.TakeoverAsked)
            await phone.client.ask(wire.AnswerTakeover, accept=True)
            assert (await desk.client.hear(wire.TakeoverAnswered)).accepted
            assert phone.client.told(wire.Left) == []
            await desk.sees(act.seats["bruno"], "camera")
            assert phone.client.told(wire.Left) == [], "nobody sees the desk yet"
            await desk.publish()
            assert (await phone.client.hear(wire.Left)).reason == "moved"
            await bruno.sees(act.seats["anne"], "camera", more=20)
            assert len((await act.of("anne")).devices) == 1


async def test_a_device_without_camera_and_microphone_takes_a_seat_over_too(
    here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "SENDING_S", 0.5)
    act = await three(here)
    await act.service.change_act(ADMIN, act.act, ActChange(direct=False))
    async with person(here, act, "bruno") as bruno, person(here, act, "anne") as phone:
        await on_relay(bruno, phone)
        await bruno.publish()
        async with person(here, act, "anne"):
            await phone.client.hear(wire.TakeoverAsked)
            await phone.client.ask(wire.AnswerTakeover, accept=True)
            assert (await phone.client.hear(wire.Left)).reason == "moved"


async def test_a_whip_camera_is_seen_as_its_seats_and_a_whep_viewer_sees_whom_it_asks_for(here: Node) -> None:
    act = await three(here)
    async with person(here, act, "anne") as anne, person(here, act, "bruno") as bruno:
        camera, viewer = DeviceId("whip-1"), DeviceId("whep-1")
        await act.join("anne", camera, DeviceKind.WHIP)
        up = RTCPeerConnection(CONFIGURATION)
        up.addTransceiver(VideoStreamTrack(), direction="sendonly")
        await up.setLocalDescription(await up.createOffer())
        answer = await here.bridge.whip(act.act, act.seats["anne"], camera, up.localDescription.sdp)
        await up.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        for peer in (anne, bruno):
            assert (await peer.client.hear(wire.PathChanged, relayed)).path.reason == "companion"
            await peer.sees(act.seats["anne"], "camera")

        await act.join("bruno", viewer, DeviceKind.WHEP)
        down = RTCPeerConnection(CONFIGURATION)
        for kind in ("audio", "video"):
            down.addTransceiver(kind, direction="recvonly")
        await down.setLocalDescription(await down.createOffer())
        sdp = down.localDescription.sdp
        answer = await here.bridge.whep(act.act, act.seats["bruno"], viewer, sdp, [act.seats["anne"]])
        await down.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(patient(10.0)):
            await down.getTransceivers()[1].receiver.track.recv()

        await here.bridge.close_device(act.act, camera)
        await bruno.client.seat(act.seats["anne"], lambda seat: seat.devices == 1 and not seat.sources)
        await here.bridge.close_device(act.act, camera)  # ended already: no error
        for connection in (up, down):
            await connection.close()


async def test_a_worker_that_hangs_is_replaced(here: Node) -> None:
    (pid,) = here.workers.pids
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    stopped = time.monotonic()
    async with asyncio.timeout(patient(10.0)):
        while here.workers.pids in {(pid,), (None,)} or not here.workers.ready:
            await asyncio.sleep(0.05)
    assert time.monotonic() - stopped > 1.5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def kill(here: Node, worker: int) -> None:
    pid = here.workers.pids[worker]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def relayed(event: wire.PathChanged) -> bool:
    return event.path.path == "relay"


async def recorded(anne: SimplePeer, bruno: SimplePeer) -> None:
    """Both agree to a recording that the first asks for; the first sends."""
    await anne.client.ask(wire.Record, on=True)
    await bruno.client.ask(wire.Consent, purpose="recording", value="obtained")
    await bruno.client.hear(wire.RecordingChanged, lambda event: event.recording.state == "on")
    await on_relay(anne, bruno)
    await anne.publish()


def finished(folder: Path) -> list[Manifest]:
    """Recordings below the folder that are whole."""
    found = [msgspec.json.decode(path.read_bytes(), type=Manifest) for path in folder.rglob(MANIFEST)]
    return [manifest for manifest in found if manifest.state is not State.WRITING]


def tracks_of(folder: Path) -> tuple[Track, ...]:
    """Tracks of the recording below the folder once it is finished, or nothing yet."""
    return next((manifest.tracks for manifest in finished(folder) if manifest.state is State.FINISHED), ())
