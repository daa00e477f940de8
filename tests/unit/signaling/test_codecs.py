"""In which codecs browsers are to send their pictures: what everybody who receives any decodes."""

from dataclasses import replace

from rooms.ids import DeviceId, SeatId
from rooms.views import DeviceKind
from signaling.messages import VideoCodec
from signaling.offers import decoded
from signaling.plan import Codecs, Device, readable
from tests.unit.signaling.test_flow import Call, people
from tests.unit.signaling.test_plan import device


def test_a_codec_is_for_all_who_receive_anything_to_decode() -> None:
    anne = replace(device("anne", "a1"), decodes=frozenset({"vp8", "vp9", "av1"}))
    offered = decoded("a=rtpmap:96 VP8/90000\r\na=rtpmap:98 VP9/90000\r\n")
    screen = replace(device("bruno", "w1", DeviceKind.WHEP), decodes=offered)
    camera, old = device("anne", "c1", DeviceKind.WHIP), device("carla", "o1")
    inside = {anne.device, screen.device, camera.device}
    assert readable(("av1", "vp9"), (anne, camera), inside) == ("av1", "vp9"), "a camera shows nothing"
    assert readable(("av1", "vp9"), (anne, screen, camera, old), inside) == ("vp9",), (
        "who waits outside does not matter"
    )
    assert readable(("av1", "vp9"), (anne, old), inside | {old.device}) == ()


def agreed(call: Call) -> Codecs:
    return call.flow.codecs


def test_a_codec_that_somebody_did_not_decode_does_not_come_back() -> None:
    call = Call()
    wished: Codecs = ("av1", "vp9")
    call.flow.codecs = wished
    knows = frozenset[VideoCodec]({"vp8", "vp9"})
    for name in ("anne", "bruno"):
        call.flow.open(Device(DeviceId(f"{name}1"), SeatId(name), DeviceKind.MAIN, decodes=knows))
    call.flow.changed(people("anne", "bruno"))
    assert agreed(call) == ("vp9",)
    (carla,) = call.open("carla")
    call.flow.changed(people("anne", "bruno", "carla"))
    assert agreed(call) == ()
    call.flow.drop(carla)
    call.flow.changed(people("anne", "bruno"))
    assert agreed(call) == ()
