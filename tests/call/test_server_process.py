"""The command that people run: it starts, serves, carries media by WHIP and WHEP, and ends as it should."""

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import ssl
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signaling import messages as wire
from tests.support.children import child
from tests.support.descriptions import description, section
from tests.support.scale import patient
from tests.support.server import PROGRAM, ROOT, Act, Invitation, Server, free_port, visite
from tests.support.wire import Client

SDP = {"Content-Type": "application/sdp"}


def offer(direction: str) -> str:
    """A microphone and a camera, given or wanted."""
    return description(section("audio", "0", direction=direction), section("video", "1", direction=direction))


async def post_sdp(server: Server, path: str, invitation: Invitation, sdp: str) -> tuple[int, str, str]:
    """Status, body and Location of a WHIP or WHEP request."""
    headers = {**SDP, "Authorization": f"Bearer {invitation.token}"}
    async with server.http.post(path, data=sdp.encode(), headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def end(server: Server, location: str, invitation: Invitation) -> int:
    async with server.http.delete(location, headers={"Authorization": f"Bearer {invitation.token}"}) as answer:
        return answer.status


async def presence(server: Server, act: Act) -> dict[str, str]:
    seats = (await server.request("GET", f"/api/v1/acts/{act.id}"))["seats"]
    return {seat["name"]: seat["presence"] for seat in seats}


async def test_whip_and_whep_sessions_begin_and_end(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        act = await server.create_act()
        camera, viewer = await server.invite(act, "expert", "Camera"), await server.invite(act, "expert", "Viewer")
        status, answer, whip = await post_sdp(server, f"/whip/{act.id}", camera, offer("sendonly"))
        assert status == 201
        assert "a=ice-lite" in answer
        assert answer.count("a=recvonly") == 2
        status, answer, whep = await post_sdp(server, f"/whep/{act.id}?seat={camera.seat}", viewer, offer("recvonly"))
        assert status == 201
        assert answer.count("a=sendonly") == 2
        assert await presence(server, act) == {"Camera": "present", "Viewer": "present"}
        assert await end(server, whip, viewer) == 404  # another seat's
        async with server.http.patch(whip, data=b"", headers={**SDP, "Authorization": f"Bearer {camera.token}"}) as no:
            assert no.status == 405
        assert [await end(server, whip, camera), await end(server, whep, viewer)] == [204, 204]
        assert await end(server, whip, camera) == 404
        assert await presence(server, act) == {"Camera": "invited", "Viewer": "invited"}


async def test_who_has_to_wait_brings_no_camera_in_by_whip(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        act = await server.create_act()
        patient = await server.invite(act, "patient", "Léa Fontaine")
        for path, direction in ((f"/whip/{act.id}", "sendonly"), (f"/whep/{act.id}?seat=x", "recvonly")):
            status, body, _ = await post_sdp(server, path, patient, offer(direction))
            assert (status, json.loads(body)["code"]) == (409, "not-admitted")


async def test_an_offer_that_is_none_leaves_nobody_in_the_room(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        act = await server.create_act()
        camera = await server.invite(act, "expert", "Camera")
        for sdp, expected in (("v=0\r\n", 400), ("nonsense", 400), ("a" * 70_000, 413)):
            status, _, _ = await post_sdp(server, f"/whip/{act.id}", camera, sdp)
            assert status == expected
        assert await presence(server, act) == {"Camera": "invited"}


async def test_sigterm_ends_the_server_well_and_its_workers_with_it(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        act = await server.create_act(title="Before")
        assert await server.process.stop(signal.SIGTERM) == 0
        assert '"stopping"' in server.log()
        assert "Traceback" not in server.log()
    async with visite(tmp_path) as server:
        assert (await server.request("GET", f"/api/v1/acts/{act.id}"))["title"] == "Before"


async def test_whoever_is_connected_hears_that_the_server_stops(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        act = await server.create_act()
        token = (await server.invite(act, "expert", "Anne Martin")).token
        client = Client(server.url, lambda *_: token)
        await client.connect()
        await client.post(wire.Join(id=1, version=wire.PROTOCOL, token=token))
        await client.hear(wire.Welcome)
        stopped = time.monotonic()
        assert await server.process.stop(signal.SIGTERM) == 0
        assert time.monotonic() - stopped < patient(4.0)
        assert [left.reason for left in client.told(wire.Left)] == ["server-stopping"]
        await client.disconnect()


async def joined(server: Server, invitation: Invitation) -> Client:
    """Somebody connected to her seat, or refused with `Refused`."""
    client = Client(server.url, lambda *_: invitation.token)
    await client.connect()
    await client.post(wire.Join(id=1, version=wire.PROTOCOL, token=invitation.token))
    await client.until(lambda event: isinstance(event, wire.Welcome | wire.Refused))
    return client


async def refusal(server: Server, method: str, path: str, body: object = None) -> tuple[int, str, bool]:
    """Status, code, and whether it is said when to come again."""
    headers = {"Authorization": f"Bearer {server.admin}"}
    async with server.http.request(method, path, json=body, headers=headers) as answer:
        return answer.status, (await answer.json())["code"], "Retry-After" in answer.headers


async def test_after_sigterm_calls_that_run_go_on_and_no_other_begins(tmp_path: Path) -> None:
    async with visite(tmp_path, {"signaling": {"drain_s": 60}}) as server:
        act, idle = await server.create_act(), await server.create_act()
        invited = [await server.invite(act, "expert", name) for name in ("Anne", "Bruno", "Carla")]
        outsider = await server.invite(idle, "expert", "Denis")
        anne, bruno = [await joined(server, invitation) for invitation in invited[:2]]
        server.process.process.send_signal(signal.SIGTERM)
        await server.process.line('"draining"')
        draining = (503, "server-draining", True)
        assert await refusal(server, "GET", "/readyz") == draining
        assert (
            await refusal(server, "POST", "/api/v1/acts", {"kind": "MTG", "title": "Late", "start": "now"}) == draining
        )
        status, body, _ = await post_sdp(server, f"/whip/{idle.id}", outsider, offer("sendonly"))
        assert (status, json.loads(body)["code"]) == (503, "server-draining")
        denis = await joined(server, outsider)
        assert [refused.code for refused in denis.told(wire.Refused)] == ["server-draining"]
        carla = await joined(server, invited[2])
        assert carla.told(wire.Welcome)
        await carla.ask(wire.Leave)
        assert anne.told(wire.Left) == bruno.told(wire.Left) == []
        await bruno.ask(wire.Leave)
        async with asyncio.timeout(60):
            assert await server.process.process.wait() == 0
        assert [left.reason for left in anne.told(wire.Left)] == ["server-stopping"]
        for client in (anne, bruno, carla, denis):
            await client.disconnect()


async def test_a_second_signal_ends_calls_that_run(tmp_path: Path) -> None:
    async with visite(tmp_path, {"signaling": {"drain_s": 60}}) as server:
        act = await server.create_act()
        people = [await joined(server, await server.invite(act, "expert", name)) for name in ("Anne", "Bruno")]
        server.process.process.send_signal(signal.SIGTERM)
        await server.process.line('"draining"')
        assert await server.process.stop(signal.SIGTERM) == 0
        for client in people:
            assert [left.reason for left in client.told(wire.Left)] == ["server-stopping"]
            await client.disconnect()


async def test_tokens_are_made_and_the_journal_is_verified_beside_a_running_server(tmp_path: Path) -> None:
    async with visite(tmp_path) as server:
        person = (await server.command("person", "add", "--name", "Dr Martin", "--establishment", "Valmont")).strip()
        link = (await server.command("token", "--person", person)).splitlines()[-1]
        assert link.startswith(f"{server.url}/sign-in#s=")
        await server.create_act()
        assert "as it was written" in await server.command("journal", "verify")


async def test_the_demonstration_prints_a_working_link_for_each_of_three_people(tmp_path: Path) -> None:
    port, media_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    config = tmp_path / "config.toml"
    config.write_text(f"[signaling]\nport = {port}\n[media]\nport = {media_port}\n")
    for _ in range(2):  # a second start meets the people of the first
        async with child(str(PROGRAM), "demo", "--config", str(config), folder=ROOT) as demo:
            await demo.line("Ctrl-C ends it")
            links = re.findall(r"/join#t=(\S+)&demo=1$", demo.said(), re.MULTILINE)
            roles = [await role_behind(f"http://127.0.0.1:{port}", link) for link in links]
            assert roles == ["requester", "expert", "family"]
    assert (tmp_path / "data" / "demo" / "visite.sqlite").exists()
    assert not (tmp_path / "data" / "visite.sqlite").exists()


async def role_behind(url: str, invitation: str) -> str:
    async with (
        aiohttp.ClientSession(url) as http,
        http.post("/api/v1/entry", headers={"Authorization": f"Bearer {invitation}"}) as answer,
    ):
        return str((await answer.json())["role"])


def self_signed(folder: Path) -> None:
    """cert.pem and key.pem for this machine, good for an hour."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


async def test_with_a_certificate_the_server_speaks_tls_only(tmp_path: Path) -> None:
    self_signed(tmp_path)
    port, media_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[signaling]\nport = {port}\npublic_url = "https://localhost:{port}"\n'
        f'tls_certificate = "cert.pem"\ntls_key = "key.pem"\n[media]\nport = {media_port}\n'
    )
    trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with child(str(PROGRAM), "serve", "--config", str(config), folder=ROOT) as server:
        await server.line('"message": "ready"')
        async with aiohttp.ClientSession() as http:
            async with http.get(f"https://localhost:{port}/readyz", ssl=trusted) as answer:
                assert answer.status == 200
                assert answer.headers["Strict-Transport-Security"]
                (worker,) = (await answer.json())["workers"]
                assert (worker["ready"], worker["acts"], worker["peers"]) == (True, 0, 0)
            with pytest.raises(aiohttp.ClientError):
                await http.get(f"http://localhost:{port}/readyz")


async def test_the_package_runs_as_the_command_does() -> None:
    for program in ([str(PROGRAM)], [sys.executable, "-m", "signaling"]):
        process = await asyncio.create_subprocess_exec(*program, "--help", stdout=asyncio.subprocess.PIPE)
        told, _ = await process.communicate()
        assert process.returncode == 0
        assert b"usage: " in told


async def test_the_demonstration_prints_its_links_and_ctrl_c_ends_it_without_a_trace(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[signaling]\nport = 0\n[media]\nport = 0\n")
    async with child(str(PROGRAM), "demo", "--config", str(config), folder=tmp_path) as demo:
        await demo.line("Ctrl-C ends it")
        assert len(re.findall(r"/join#t=[\w.-]+&demo=1$", demo.said(), re.MULTILINE)) == 3
        assert len(re.findall(r"/sign-in#s=[\w.-]+$", demo.said(), re.MULTILINE)) == 1
        await demo.line(r"^Sound and pictures go to UDP port \d+ of .*127\.0\.0\.1\.$")
        pid = demo.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (*map(int, workers), pid):  # a terminal tells all of them
            os.kill(one, signal.SIGINT)
        assert await asyncio.wait_for(demo.process.wait(), 60.0) == 0
        assert len(workers) >= 2  # a spare of the first may have come already
        assert "Traceback" not in demo.said()
        assert '"level"' not in demo.said()


async def test_the_examples_of_the_readme_plan_an_act_and_invite_somebody(tmp_path: Path) -> None:
    examples = [shlex.split(line) for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("curl ")]
    made: dict[str, Any] = {}
    async with visite(tmp_path) as server:
        for words in examples:
            headers = [words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H"]
            assert ["Authorization", "Bearer $TOKEN"] in headers
            path = words[-1].partition("/")[2].replace("ID", made.get("id", "ID"))
            made |= await server.request("POST", f"/{path}", json.loads(words[words.index("-d") + 1]))
    assert made["url"].startswith("http")
