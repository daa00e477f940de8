"""What the recorder gets of a call, through a whole plane."""

import socket
from contextlib import ExitStack

from media.recorder import tap
from media.rtp import header
from tests.support.media_party import MediaParty
from tests.support.media_stage import DELTA, KEY, PUBLISHED, VIDEO, VIDEO_IN, send_repair, send_video, video_route
from tests.support.planes import PlaneKind


def test_the_recorder_gets_packets_as_they_were_published(plane_kind: PlaneKind) -> None:
    worker, recorder = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    plane = plane_kind("127.0.0.1", tap=worker)
    with ExitStack() as stack, MediaParty(plane, 0) as publisher:
        for closing in (plane, worker, recorder):
            stack.callback(closing.close)
        plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
        plane.set_tap(VIDEO, 12)
        send_video(publisher, 1, KEY)
        send_video(publisher, 3, DELTA)
        send_repair(publisher, 900, original=2)
        plane.poll(7.0)
        read = [tap.unpack(recorder.recv(2_000)) for _ in range(3)]
    packets = [packet for packet in read if isinstance(packet, tap.TappedPacket)]
    heads = [header.parse(packet.packet) for packet in packets]
    assert [(packet.stream, packet.arrival) for packet in packets] == [(12, 7.0)] * 3
    assert [(head.ssrc, head.payload_type, head.sequence) for head in heads] == [(40, 96, 1), (40, 96, 3), (40, 96, 2)]


def test_a_recorder_that_does_not_read_costs_only_its_own_packets(plane_kind: PlaneKind) -> None:
    worker, recorder = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    plane = plane_kind("127.0.0.1", tap=worker)
    with ExitStack() as stack, MediaParty(plane, 0) as publisher, MediaParty(plane, 1) as subscriber:
        for closing in (plane, worker, recorder):
            stack.callback(closing.close)
        plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
        plane.set_tap(VIDEO, 1)
        plane.set_route(VIDEO, video_route(subscriber))
        arrived = 0
        for sequence in range(1_000):
            send_video(publisher, sequence, KEY + bytes(900))
            plane.poll(0.0)
            arrived += len(subscriber.received())
        assert arrived == 1_000
        assert plane.counters()["dropped_tap"] > 0
