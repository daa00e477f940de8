import errno
import os
import socket
from collections.abc import Iterator

import pytest

from media.plane.port import MAX_DATAGRAM, Port


@pytest.fixture
def port() -> Iterator[Port]:
    port = Port("127.0.0.1", 0, 1_000_000)
    yield port
    port.close()


@pytest.fixture
def other() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(60)
        yield other


def test_datagrams_are_read_one_by_one_with_their_sender(port: Port, other: socket.socket) -> None:
    for sent in (b"one", b"", b"three"):
        other.sendto(sent, ("127.0.0.1", port.number))
    read = []
    while (datagram := port.receive()) is not None:
        read.append((bytes(port.memory.view[: datagram[0]]), datagram[1]))
    assert read == [(b"one", other.getsockname()), (b"", other.getsockname()), (b"three", other.getsockname())]


def test_a_datagram_longer_than_any_we_understand_shows_it(port: Port, other: socket.socket) -> None:
    other.sendto(bytes(5_000), ("127.0.0.1", port.number))
    read = port.receive()
    assert read is not None
    assert read[0] > MAX_DATAGRAM


def test_datagrams_side_by_side_are_cut_by_the_kernel(port: Port, other: socket.socket) -> None:
    assert port.send_segments(memoryview(b"aaabbbcc"), 3, other.getsockname()) == 3
    assert [other.recv(100) for _ in range(3)] == [b"aaa", b"bbb", b"cc"]


def test_a_kernel_that_does_not_cut_them_says_so(port: Port, other: socket.socket) -> None:
    assert port.send_segments(memoryview(bytes(300)), 1, other.getsockname()) is None


def test_what_the_kernel_refuses_is_counted_and_raises_nothing(port: Port) -> None:
    assert port.send(b"x", ("255.255.255.255", 9)) == 0
    assert port.send_segments(memoryview(b"xxyy"), 2, ("255.255.255.255", 9)) == 0
    assert (port.unsent_full, port.unsent_refused) == (0, 3)


def test_an_address_in_use_is_refused_at_the_start(port: Port) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        Port("127.0.0.1", port.number, 1_000)


def test_one_port_serves_both_families_where_it_may() -> None:
    try:
        port = Port("::", 0, 1_000_000)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as old:
        old.sendto(b"four", ("127.0.0.1", port.number))
        read = port.receive()
        assert read is not None
        size, source = read
        assert (size, source) == (4, ("::ffff:127.0.0.1", old.getsockname()[1]))
        old.settimeout(60)
        port.send(b"back", source)
        assert old.recv(100) == b"back"
    port.close()
