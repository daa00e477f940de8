"""What virtual participants are made of: their checks, their media, and what they count."""

from itertools import count

import pytest

from media import stun
from media.rtp import header
from media.rtp.codecs import vp8
from signaling.cli import main
from signaling.load import streams
from signaling.load.checks import CONSENT_S, SILENCE_S, Checks
from signaling.load.crowd import Mark, Shape
from signaling.load.description import Credentials, Section, offer, read_answer
from signaling.load.door import Refusal
from signaling.load.histogram import Histogram
from signaling.load.report import Limits, Report
from signaling.load.streams import Arrived, Heard, Source
from signaling.load.tally import Tally

RELAY = ("203.0.113.1", 8443)
NOBODY, STRICT = Limits(100.0, None, 0), Limits(0.1, 20.0, 0)
SHAPE = Shape(1, 1, 3, False, 60.0, 5.0, 1_000, True)


def payloads(source: Source, seconds: float) -> list[bytes]:
    packets = source.packets(seconds, 7, count())
    return [packet[header.parse(packet).payload_start :] for packet in packets]


def heard(*sequences: int) -> Heard:
    stream = Heard(1)
    for sequence in sequences:
        stream.receive(sequence, 0.0)
    return stream


def checks() -> Checks:
    return Checks(Credentials("us", "p" * 22), Credentials("relay", "q" * 22), begun=0.0)


def answered(tried: Checks, now: float, password: bytes = b"q" * 22) -> bool:
    request = tried.due(now)
    assert request is not None
    return tried.receive(stun.success(stun.parse(request), RELAY, password), now)


def test_a_picture_begins_with_a_key_frame_and_again_when_one_is_wanted() -> None:
    source = streams.picture(1, 0.0, kbps=1_000)
    first = payloads(source, 0.0)
    assert [vp8.can_start(payload) for payload in first] == [True, False, False, False]
    assert not any(vp8.can_start(payload) for payload in payloads(source, 0.034))
    source.key_wanted = True
    assert vp8.can_start(payloads(source, 0.067)[0])


def test_a_second_of_picture_has_the_bitrate_that_was_asked_for() -> None:
    source = streams.picture(1, 0.0, kbps=1_000)
    sizes = [len(payload) for tenth in range(10) for payload in payloads(source, tenth / 10)]
    assert sum(sizes) * 8 == pytest.approx(1_000_000, rel=0.1)


def test_a_source_that_was_held_up_skips_what_is_long_past() -> None:
    source = streams.voice(1, 0.0)
    assert len(payloads(source, 60.0)) <= 11


def test_a_packet_tells_when_it_was_made() -> None:
    packet = bytearray(next(streams.voice(9, 0.0).packets(0.0, 1_234_567, count())))
    assert streams.read(packet, len(packet)) == Arrived(9, 0, 1_234_567)


def test_a_stamp_is_found_before_padding_and_padding_alone_has_none() -> None:
    def packet(payload: bytes, padding: int) -> bytearray:
        return bytearray(header.build(payload, payload_type=96, sequence=1, timestamp=0, ssrc=9, padding=padding))

    stamped = bytes(streams.STAMP_AT) + streams.STAMP.pack(streams.MARK, 5)
    padded, probe = packet(stamped, 4), packet(b"", 200)
    assert streams.read(padded, len(padded)) == Arrived(9, -1, 5)
    assert streams.read(probe, len(probe)) == Arrived(9, -1, 0)


def test_a_damaged_payload_is_noticed() -> None:
    packet = bytearray(next(streams.voice(9, 0.0).packets(0.0, 5, count())))
    packet[header.parse(packet).payload_start + streams.STAMP_AT] ^= 1
    assert streams.read(packet, len(packet)).stamp_ns == -1
    assert streams.read(packet, 40).stamp_ns == -1


def test_what_is_missing_between_the_first_and_the_last_is_lost() -> None:
    assert (heard(10, 11, 13, 14).expected, heard(10, 11, 13, 14).lost) == (5, 1)


def test_reordering_is_no_loss_not_even_before_the_first_and_across_the_wrap() -> None:
    assert heard(65_535, 65_534, 1, 0).lost == 0


def test_a_check_is_repeated_sooner_until_it_is_answered_and_then_seldom() -> None:
    tried = checks()
    assert tried.due(0.0) is not None
    assert tried.due(0.01) is None
    assert answered(tried, 0.06)
    assert tried.next_deadline() == 0.06 + CONSENT_S


def test_an_answer_without_the_relays_password_is_none() -> None:
    tried = checks()
    assert not answered(tried, 0.0, password=b"x" * 22)
    assert not tried.receive(b"\1\1", 0.0)
    assert tried.answered is None


def test_a_line_that_no_longer_answers_is_dead() -> None:
    tried = checks()
    assert answered(tried, 0.0)
    assert not tried.is_dead(SILENCE_S)
    assert tried.is_dead(SILENCE_S + 0.1)


def test_an_offer_is_one_that_the_relay_reads_and_an_answer_without_an_address_is_refused() -> None:
    sdp = offer([Section("audio", 5), Section("video")], Credentials(), "AA:" * 31 + "AA")
    candidate = "a=candidate:1 1 udp 2130706431 203.0.113.1 8443 typ host\r\n"
    answer = read_answer(sdp + candidate)
    assert (answer.ssrcs, answer.addresses) == ((5,), (RELAY,))
    with pytest.raises(ValueError, match="address"):
        read_answer(sdp)


def test_shares_of_times_are_read_from_the_bins() -> None:
    times = Histogram()
    for milliseconds in range(100):
        times.add(milliseconds / 1_000)
    assert times.below(0.5) == pytest.approx(0.049, abs=0.001)
    assert times.below(0.99) == pytest.approx(0.098, abs=0.001)
    assert Histogram().below(0.5) is None


def test_a_run_is_over_its_limits_by_loss_by_delay_by_refusals_and_by_silence() -> None:
    tally = Tally(heard=[heard(1, 2, 4)])
    tally.delay.add(0.5)
    tally.refuse(Refusal("publish", 503, "media-unavailable"))
    report = Report(SHAPE, tally, (), False)
    assert len(report.over(STRICT)) == 3
    assert report.over(Limits(50.0, None, 1)) == []
    assert Report(SHAPE, Tally(), (), False).over(NOBODY) == ["nothing was received"]


def test_a_report_names_each_refusal_and_the_rates_at_full_size() -> None:
    tally = Tally(heard=[heard(1)])
    tally.refuse(Refusal("view", 409, "act-ended"))
    marks = (Mark(0.0, 0, 0, 0, 0.0, 0.0), Mark(10.0, 100, 1_000, 1_250_000, 1.0, 2.0))
    text = Report(SHAPE, tally, marks, knows_server=True).text(STRICT)
    assert "1 × view: act-ended (409)" in text
    assert "10 packets/s sent, 100 received (1.0 Mbit/s), for 10 s" in text
    assert "this process 10.0 %, server 20.0 %" in text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--url", "http://127.0.0.1:1"], "token-missing"),
        (["--url", "http://127.0.0.1:1", "--token", "t"], "could not open the act (unreachable)"),
        (["--url", "http://127.0.0.1:1", "--token", "t", "--publishers", "0"], "nobody"),
        (["--url", "http://127.0.0.1:1", "--token", "t", "--publishers", "40"], "too-many-publishers"),
        (["--url", "http://127.0.0.1:1", "--token", "t", "--server-pid", "4194305"], "no-such-process"),
    ],
)
def test_what_cannot_begin_says_why_and_ends_with_2(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISITE_TOKEN", raising=False)
    assert main(["load", *words]) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--rooms", "0"], ["--minutes", "x"], ["--max-loss", "-1"], ["--join-rate", "0"], ["--url", "visite"]]
)
def test_a_value_out_of_range_is_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["load", "--url", "https://visite.test", *words])
    assert f"argument {words[0]}: " in capsys.readouterr().err
