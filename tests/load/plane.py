"""What forwarding costs: CPU microseconds (user and system) of the median turn of the plane, per packet sent.

    python -m tests.load.plane [--plane pure|compiled] [--frames 2000] [--subscribers N] [--profile]

One publisher sends frames of five packets of about 1,100 bytes under AES-128-GCM; each frame is forwarded in one turn
to N subscribers on the loopback interface. Only the turns are counted: not the publisher, not the readers, not what it
costs to wake a sleeping process, which depends on the machine more than on the plane. The columns beside it are what
the same shapes cost a plain Python path and a C path, both with UDP segmentation, in trials before this plane existed.
"""

import argparse
import cProfile
import socket
import sys
import time
from collections.abc import Iterator
from random import Random
from statistics import median

from pylibsrtp import Policy, Session

from media.plane.interface import (
    Address,
    Codec,
    Extensions,
    Ingress,
    PeerIndex,
    Plane,
    Profile,
    Route,
    RouteIndex,
    SrtpKeys,
    TrackIndex,
)
from media.rtp import header
from tests.support.planes import PLANES

SHAPES = {1: (5.2, 2.2), 3: (4.4, 1.8), 10: (3.0, 1.4), 50: (2.8, 1.4)}  # subscribers → Python with GSO, C with GSO
PACKETS_A_FRAME = 5
PUBLISHER, TRACK = PeerIndex(0), TrackIndex(0)
KEY_BYTES = 28


def keys(seed: int) -> SrtpKeys:
    random = Random(seed)
    return SrtpKeys(Profile.AEAD_AES_128_GCM, random.randbytes(KEY_BYTES), random.randbytes(KEY_BYTES))


def frames(session: Session) -> Iterator[list[bytes]]:
    """Protected frames without end: sizes as libwebrtc's packetiser splits them, a byte apart."""
    random = Random(1)
    sequence = timestamp = 0
    while True:
        size = random.randrange(1_050, 1_150)
        frame = []
        for index in range(PACKETS_A_FRAME):
            payload = (b"\x10\x00" if index == 0 else b"\x00\x00") + bytes(size + (index > 2))
            packet = header.build(
                payload,
                payload_type=96,
                sequence=sequence & 0xFFFF,
                timestamp=timestamp & 0xFFFFFFFF,
                ssrc=1,
                marker=index == PACKETS_A_FRAME - 1,
                extensions={3: (sequence & 0xFFFF).to_bytes(2), 4: b"0"},
            )
            frame.append(session.protect(packet))
            sequence += 1
        yield frame
        timestamp += 3_000


def drain(receivers: list[socket.socket], buffer: bytearray) -> int:
    """Reads all there is and returns how many datagrams that were."""
    count = 0
    for receiver in receivers:
        try:
            while True:
                receiver.recv_into(buffer)
                count += 1
        except BlockingIOError:
            continue
    return count


def prepared(kind: str, addresses: list[Address]) -> Plane:
    plane = PLANES[kind]("127.0.0.1")
    codec = Codec("vp8", 96, 97, 90_000)
    for index, address in enumerate(addresses):
        plane.add_peer(PeerIndex(index), keys(index))
        plane.bind(PeerIndex(index), address)
    ingress = Ingress(TRACK, True, "0", frozenset(), frozenset(), (codec,))
    plane.set_ingress(PUBLISHER, (ingress,), Extensions(mid=4, transport_cc=3))
    for index in range(1, len(addresses)):
        plane.set_route(TRACK, route(index))
    return plane


def route(index: int) -> Route:
    ids = Extensions(mid=2, transport_cc=1)
    peer, ssrc = PeerIndex(index), 1_000 + index
    return Route(RouteIndex(index), peer, ssrc, {96: 100}, 5_000 + index, {100: 101}, "0", ids, Extensions())


def measure(kind: str, subscribers: int, frames_sent: int, profile: cProfile.Profile | None) -> str:
    """Runs one shape and tells its line of the table."""
    publisher, *receivers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(subscribers + 1)]
    for each in (publisher, *receivers):
        each.bind(("127.0.0.1", 0))
        each.setblocking(False)
    plane = prepared(kind, [each.getsockname() for each in (publisher, *receivers)])
    policy = Policy(keys(0).receive, Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    stream = frames(Session(policy))
    spent, arrived, buffer = [], 0, bytearray(2_048)
    for number in range(frames_sent):
        for packet in next(stream):
            publisher.sendto(packet, ("127.0.0.1", plane.port))
        if profile:
            profile.enable()
        start = time.thread_time_ns()
        plane.poll(number / 30)
        spent.append(time.thread_time_ns() - start)
        if profile:
            profile.disable()
        arrived += drain(receivers, buffer)
    sent = plane.counters()["packets_out"]
    plane.close()
    for each in (publisher, *receivers):
        each.close()
    python, compiled = SHAPES[subscribers]
    cost = median(spent) / 1_000 / PACKETS_A_FRAME / subscribers
    return f"{subscribers:>5} {cost:>9.2f} {python:>7} {compiled:>7} {sent:>8} {sent - arrived:>6}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--plane", choices=list(PLANES), default="pure")
    arguments.add_argument("--frames", type=int, default=2_000)
    arguments.add_argument("--subscribers", type=int, choices=list(SHAPES), action="append")
    arguments.add_argument("--profile", action="store_true", help="say where the time goes")
    options = arguments.parse_args()
    profile = cProfile.Profile() if options.profile else None
    sys.stdout.write("    N µs/packet  Python       C     sent   lost\n")
    for subscribers in options.subscribers or SHAPES:
        sys.stdout.write(measure(options.plane, subscribers, options.frames, profile) + "\n")
    if profile:
        profile.print_stats("tottime")


if __name__ == "__main__":
    main()
