"""GStreamer as a WHIP publisher or WHEP viewer: starts gst_peer.py under the system's Python, the one that has `gi`.

async with publisher(url, token, person=5) as camera:
    await camera.line('"connected": true')
"""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.support.children import Child, child
from tests.support.tones import tone_of

PYTHON = "/usr/bin/python3"
ROOT = Path(__file__).resolve().parents[2]


def publisher(url: str, token: str, person: int) -> AbstractAsyncContextManager[Child]:
    """Sends VP8 with the person's code at 320x180, 15 frames a second, and the person's tone as Opus."""
    return peer("publish", url, token, "--person", str(person), "--tone-hz", str(tone_of(person)))


def viewer(url: str, token: str, seats: int = 1, codec: str = "VP8") -> AbstractAsyncContextManager[Child]:
    """Receives sound and picture of so many seats, in this order of sections, and says what it sees and hears."""
    return peer("view", url, token, "--seats", str(seats), "--codec", codec)


def peer(*args: str) -> AbstractAsyncContextManager[Child]:
    return child(PYTHON, "-m", "tests.support.gst_peer", *args, folder=ROOT)
