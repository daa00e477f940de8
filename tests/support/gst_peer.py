"""A WHIP publisher or WHEP viewer on GStreamer's webrtcbin; a program of its own, under the Python that has `gi`.

    python3 -m tests.support.gst_peer publish URL TOKEN --person 5 --tone-hz 1500
    python3 -m tests.support.gst_peer view URL TOKEN --seats 2

Says one JSON object a line on standard output: {"connected": true}, {"section": 1, "person": 5, "source": 0, "frame":
17}, {"section": 0, "hz": 1500}. Ends its session by DELETE on SIGTERM. gstreamer.py starts it.
"""

import argparse
import json
import signal
import sys
import time
from itertools import pairwise
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import gi

for name in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(name, "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402 - versions have to be required first

from tests.support import picture_code  # noqa: E402

WIDTH, HEIGHT, FPS = 320, 180, 15
RTP = "application/x-rtp,media={},encoding-name={},payload={},clock-rate={}"
VP8, VP9, OPUS = (
    RTP.format("video", "VP8", 96, 90_000),
    RTP.format("video", "VP9", 96, 90_000),
    RTP.format("audio", "OPUS", 97, 48_000) + ",encoding-params=(string)2",
)

PUBLISHER = f"""
    webrtcbin name=peer bundle-policy=max-bundle
    appsrc name=camera is-live=true format=time do-timestamp=true
        caps=video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},framerate={FPS}/1
        ! videoconvert ! vp8enc deadline=1 keyframe-max-dist=60 target-bitrate=500000
        ! rtpvp8pay picture-id-mode=15-bit mtu=1200 ! {VP8} ! queue ! peer.
    audiotestsrc name=tone is-live=true volume=0.2
        ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay ! {OPUS} ! queue ! peer.
"""
VIDEO_SINK = "videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink emit-signals=true sync=false"
AUDIO_SINK = (
    "audioconvert ! audioresample ! audio/x-raw,format=S16LE,channels=1,rate=48000"
    " ! appsink name=sink emit-signals=true sync=false"
)


def say(**fact: object) -> None:
    print(json.dumps(fact), flush=True)


class Session:
    """One offer posted, one answer applied, one DELETE at the end."""

    def __init__(self, peer: Any, url: str, token: str) -> None:
        self.peer, self.url, self.token = peer, url, token
        self.resource = ""
        peer.connect("notify::ice-gathering-state", self.gathering_changed)
        peer.connect("notify::connection-state", self.connection_changed)

    def start(self, *_: object) -> None:
        promise = Gst.Promise.new_with_change_func(self.offer_made)
        self.peer.emit("create-offer", None, promise)

    def offer_made(self, promise: Any) -> None:
        reply = promise.get_reply()  # has to outlive the offer, which is part of it
        self.peer.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())

    def gathering_changed(self, *_: object) -> None:
        if self.peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self.exchange)

    def exchange(self) -> bool:
        offer = self.peer.get_property("local-description").sdp.as_text()
        status, headers, body = self.request("POST", self.url, offer)
        if status != 201:
            say(refused=status, body=body)
            sys.exit(1)
        self.resource = urljoin(self.url, headers["location"] or "")
        _, sdp = GstSdp.SDPMessage.new_from_text(body)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.peer.emit("set-remote-description", answer, Gst.Promise.new())
        return False

    def request(self, method: str, url: str, body: str = "") -> tuple[int, Any, str]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/sdp"}
        request = Request(url, body.encode() or None, headers, method=method)  # noqa: S310 - the test's own URL
        try:
            answer = urlopen(request, timeout=10)  # noqa: S310
        except HTTPError as refusal:
            answer = refusal
        with answer:
            return answer.status, answer.headers, answer.read().decode()

    def connection_changed(self, *_: object) -> None:
        if self.peer.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            say(connected=True)

    def end(self) -> None:
        if self.resource:
            self.request("DELETE", self.resource)


def publisher(person: int, tone_hz: int) -> Any:
    pipeline = Gst.parse_launch(PUBLISHER)
    pipeline.get_by_name("tone").set_property("freq", tone_hz)
    for section in range(2):
        transceiver = pipeline.get_by_name("peer").emit("get-transceiver", section)
        transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
    camera = pipeline.get_by_name("camera")
    frames = iter(range(1 << 62))

    def push() -> bool:
        clock_ms = time.time_ns() // 1_000_000 % picture_code.CLOCK_WRAP_MS
        code = picture_code.Code(person, picture_code.CAMERA, next(frames) & 0xFFFF, clock_ms)
        camera.emit("push-buffer", Gst.Buffer.new_wrapped(picture_code.draw(code, WIDTH, HEIGHT)))
        return True

    GLib.timeout_add(1000 // FPS, push)
    return pipeline


def viewer(seats: int, codec: str) -> Any:
    pipeline = Gst.Pipeline.new(None)
    peer = Gst.ElementFactory.make("webrtcbin", "peer")
    peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    pipeline.add(peer)
    for _ in range(seats):
        for caps in (OPUS, VP9 if codec == "VP9" else VP8):
            peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))

    def pad_added(_: object, pad: Any) -> None:
        if pad.direction != Gst.PadDirection.SRC:
            return
        decoder = Gst.ElementFactory.make("decodebin", None)
        section = pad.get_property("transceiver").get_property("mlineindex")
        decoder.connect("pad-added", lambda _, decoded: watch(pipeline, decoded, section))
        pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    peer.connect("pad-added", pad_added)
    return pipeline


def watch(pipeline: Any, pad: Any, section: int) -> None:
    """Tells what arrives on a decoded pad."""
    is_video = pad.get_current_caps().to_string().startswith("video/")
    branch = Gst.parse_bin_from_description(VIDEO_SINK if is_video else AUDIO_SINK, True)
    branch.get_by_name("sink").connect("new-sample", tell_picture if is_video else tell_tone, section)
    pipeline.add(branch)
    branch.sync_state_with_parent()
    pad.link(branch.get_static_pad("sink"))


def tell_picture(sink: Any, section: int) -> Any:
    sample = sink.emit("pull-sample")
    shape = sample.get_caps().get_structure(0)
    width, height = shape.get_value("width"), shape.get_value("height")
    luma = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    if code := picture_code.read(luma, width, height, len(luma) // height):
        say(section=section, person=code.person, source=code.source, frame=code.frame)
    return Gst.FlowReturn.OK


def tell_tone(sink: Any, section: int) -> Any:
    """The pitch of one buffer by its zero crossings, to the nearest 100 Hz; silence says nothing."""
    buffer = sink.emit("pull-sample").get_buffer()
    data = buffer.extract_dup(0, buffer.get_size())
    samples = memoryview(data).cast("h")
    if max(samples, default=0) > 1000:
        crossings = sum(a < 0 <= b for a, b in pairwise(samples))
        say(section=section, hz=round(crossings * 48_000 / len(samples), -2))
    return Gst.FlowReturn.OK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("publish", "view"))
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--person", type=int, default=0)
    parser.add_argument("--tone-hz", type=int, default=500)
    parser.add_argument("--seats", type=int, default=1)
    parser.add_argument("--codec", choices=("VP8", "VP9"), default="VP8")
    args = parser.parse_args()

    Gst.init(None)
    loop = GLib.MainLoop()
    pipeline = publisher(args.person, args.tone_hz) if args.what == "publish" else viewer(args.seats, args.codec)
    peer = pipeline.get_by_name("peer")
    ice = peer.get_property("ice-agent")  # the name keeps it alive: the getter hands out the only reference
    ice.emit("add-local-ip-address", "127.0.0.1")  # else a server on loopback is never checked
    session = Session(peer, args.url, args.token)
    session.peer.connect("on-negotiation-needed", session.start)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    session.end()
    pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
