"""P13: the TURN server reaches no internal address, for nobody without a credential, and no longer than that lasts.

coturn itself runs, with the configuration that deploy/ gives to operators (ASVS 17.1.1, 17.1.2).
"""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.ids import SeatId
from signaling.messages import IceServer
from signaling.turn import Turn
from tests.support.turn import OK, PROGRAM, TurnClient, coturn

SECRET = "a secret of thirty-two letters 32"
SEAT = SeatId("seat-1")
UNAUTHORISED, FORBIDDEN, OTHER_FAMILY, QUOTA = 401, 403, 443, 486
QUOTA_A_SEAT = 12
PUBLIC = {4: "9.9.9.9", 6: "2620:fe::fe"}

INTERNAL = {
    4: """0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3
        127.255.255.255 169.254.0.1 169.254.169.254 172.16.0.1 172.20.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1
        192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.250
        240.0.0.1 255.255.255.255""",
    6: """:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
        64:ff9b::a00:1 64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:c0a8:1::1 fc00::1 fd00::2
        fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80::1 febf::1 fec0::1 ff02::1 ff0e::1""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(PROGRAM).exists():
        pytest.skip("coturn is not installed: apt-get install coturn")
    return tmp_path_factory.mktemp("coturn")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    with coturn(folder, SECRET) as port:
        yield port


def credential(seat: SeatId = SEAT, ago_s: float = 0.0) -> IceServer:
    """As a client in that seat was given it."""
    (server,) = Turn(("turn:turn.example",), SECRET.encode(), lambda: time.time() - ago_s).servers(seat)
    return server


@pytest.mark.parametrize("version", [4, 6])
def test_every_internal_address_is_refused_and_a_public_one_is_not(port: int, version: int) -> None:
    with TurnClient(port, credential(SeatId(f"explorer-{version}"))) as client:
        assert client.allocate(version) == OK
        answers = {host: (client.permit(host), client.bind(host)) for host in INTERNAL[version].split()}
        assert answers == dict.fromkeys(answers, (FORBIDDEN, FORBIDDEN))
        assert (client.permit(PUBLIC[version]), client.bind(PUBLIC[version])) == (OK, OK)


def test_an_allocation_of_one_family_reaches_nobody_of_the_other(port: int) -> None:
    with TurnClient(port, credential(SeatId("crosser"))) as client:
        assert client.allocate(4) == OK
        assert {client.permit(host) for host in INTERNAL[6].split()} == {OTHER_FAMILY}


def test_what_is_sent_to_an_internal_address_without_permission_does_not_arrive(port: int) -> None:
    with TurnClient(port, credential(SeatId("sender"))) as client, socket.socket(type=socket.SOCK_DGRAM) as inside:
        inside.bind(("127.0.0.1", 0))
        assert client.allocate() == OK
        for _ in range(20):
            client.send(b"hello", inside.getsockname())
        assert client.permit(PUBLIC[4]) == OK, "it has read what was sent before"
        inside.setblocking(False)
        with pytest.raises(BlockingIOError):
            inside.recv(2048)


def test_a_credential_is_good_for_ten_minutes(port: int) -> None:
    with TurnClient(port, credential(ago_s=590.0)) as client:
        assert client.allocate() == OK
    with TurnClient(port, credential(ago_s=601.0)) as client:
        assert client.allocate() == UNAUTHORISED


def test_nobody_makes_a_credential_without_the_secret_or_lengthens_one(port: int) -> None:
    good = credential(SeatId("forger"))
    later = str(int(time.time()) + 86_400)
    for forged in (
        replace_name(good, f"{later}:forger"),
        replace_name(good, later),
        IceServer(good.urls, good.username, ""),
        Turn(good.urls, b"another secret of thirty-two 3232", time.time).servers(SEAT)[0],
    ):
        with TurnClient(port, forged) as client:
            assert client.allocate() == UNAUTHORISED


def test_renewed_credentials_of_one_seat_share_its_quota(port: int) -> None:
    clients = [TurnClient(port, credential(SeatId("greedy"), ago_s=age)) for age in range(QUOTA_A_SEAT + 4)]
    answers = [client.allocate() for client in clients]
    for client in clients:
        client.__exit__()
    assert answers == [OK] * QUOTA_A_SEAT + [QUOTA] * 4
    with TurnClient(port, credential(SeatId("modest"))) as other:
        assert other.allocate() == OK


def test_a_relay_inside_is_reached_through_its_one_address(folder: Path) -> None:
    """As an operator lets it through whose relay stands beside the TURN server."""
    with (
        coturn(folder, SECRET, "--allowed-peer-ip=127.0.0.1", "--allow-loopback-peers") as port,
        TurnClient(port, credential()) as client,
        socket.socket(type=socket.SOCK_DGRAM) as relay,
    ):
        relay.bind(("127.0.0.1", 0))
        relay.settimeout(60)
        assert client.allocate() == OK
        assert client.permit("127.0.0.1") == OK
        assert {client.permit(host) for host in INTERNAL[4].split() if host != "127.0.0.1"} == {FORBIDDEN}
        client.send(b"check", relay.getsockname())
        data, source = relay.recvfrom(2048)
        assert data == b"check"
        relay.sendto(b"answer", source)
        assert client.received() == b"answer"


def replace_name(server: IceServer, username: str) -> IceServer:
    return IceServer(server.urls, username, server.credential)
