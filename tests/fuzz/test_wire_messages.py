"""P10, the wire: any text into the reader of a client's messages gives a command or one fault, and quickly."""

import random
import time

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from signaling import messages as wire
from signaling.errors import PeerFault
from signaling.line import Line
from tests.support.scale import scaled

LIMIT_S = 0.1  # of CPU
MUTANTS = scaled(3_000, 300_000)
CORPUS = [
    msgspec.json.encode(command).decode()
    for command in (
        wire.Join(id=1, version=wire.PROTOCOL, token="a.b.c", label="essai"),
        wire.Resume(id=2, version=wire.PROTOCOL, session="s", secret="t", last=7, fresh=True),
        wire.Consent(id=3, purpose="recording", value="obtained", how="dit à voix haute"),
        wire.Publish(id=4, sdp="v=0\r\n", sources=(wire.PublishedSource("0", "camera"),)),
        wire.Signal(id=5, number=1, kind="candidate", body="candidate:1 1 udp 1 192.0.2.1 9 typ host"),
        wire.Show(id=7, pictures=(wire.ShownPicture("d", "camera", 1280, 720),)),
        wire.Chat(id=6, text="bonjour \N{PILE OF POO}"),
    )
] + ["[" * 60_000, '{"type":' * 8_000, "1e400", '{"type":"chat","id":1e99,"text":"x"}', "\ud800", '"\\ud800"', "\x00"]


class NoWire:
    """A transport that is never asked for anything."""

    def send(self, text: str) -> None:
        raise AssertionError("nothing is answered by the reader")

    def cut(self) -> None:
        raise AssertionError("nothing is cut by the reader")

    async def run(self) -> None:
        """Nothing to do."""


def read(text: object) -> wire.AnyCommand | PeerFault:
    line = Line("fuzz", NoWire())
    began = time.thread_time()
    line.receive(text)
    assert time.thread_time() - began < LIMIT_S
    assert line.inbox.qsize() == 1
    return line.inbox.get_nowait()


def check(text: object) -> None:
    match read(text):
        case PeerFault(code=code):
            assert code in {"malformed", "too-large"}
        case command:
            assert command.id >= 0
            assert read(msgspec.json.encode(command).decode()) == command


@given(st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.recursive(st.text(), st.lists)))
def test_any_value_is_a_command_or_one_fault(value: object) -> None:
    check(value)


def test_changed_messages_are_commands_or_one_fault() -> None:
    chance = random.Random(14)
    for text in CORPUS:
        check(text)
    for _ in range(MUTANTS):
        letters = list(chance.choice(CORPUS[:6]))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(3)] = chance.choice(
                ['"', "{", "}", "[", ",", ":", "0", "-", "é", "null"]
            )
        check("".join(letters))
