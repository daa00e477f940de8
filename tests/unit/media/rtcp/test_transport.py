import struct

import pytest

from media.rtcp import transport
from media.rtcp.transport import MalformedRtcp, TransportFeedback


@pytest.mark.parametrize("count", [1, 7, 8, 20, 4_096])
def test_a_silence_of_any_length_is_a_few_bytes(count: int) -> None:
    body = transport.body(TransportFeedback(1, 2, 3, 4, 5, (None,) * count))
    assert len(body) <= 16 + 2 * (count // 0x1FFF + 2)
    assert transport.parse(body).arrivals == (None,) * count


def test_a_few_bytes_do_not_make_us_write_out_millions() -> None:
    body = transport.body(TransportFeedback(1, 2, 3, 4, 5, (None,) * 4_097))
    with pytest.raises(MalformedRtcp):
        transport.parse(body)


@pytest.mark.parametrize("arrivals", [(0,), (3, 10, 10, 250), (0, None, 4), (0, 5, 2), (1, 300, 301)])
def test_arrivals_come_back_as_they_were_told(arrivals: tuple[int | None, ...]) -> None:
    assert transport.parse(transport.body(TransportFeedback(1, 2, 3, 4, 5, arrivals))).arrivals == arrivals


def test_a_run_that_is_cut_off_is_refused() -> None:
    body = transport.body(TransportFeedback(1, 2, 3, 4, 5, tuple(range(20))))
    with pytest.raises(struct.error):
        transport.parse(body[:-1])


def test_the_reference_has_a_sign() -> None:
    body = transport.body(TransportFeedback(1, 2, 3, -1, 5, (0,)))
    assert transport.parse(body).reference == -1


def test_a_step_too_long_for_the_wire_is_not_built() -> None:
    with pytest.raises(ValueError, match="format requires"):
        transport.body(TransportFeedback(1, 2, 3, 4, 5, (0, 40_000)))


def test_a_reserved_status_is_refused() -> None:
    with pytest.raises(MalformedRtcp):
        transport.parse(bytes(10) + b"\x00\x01" + bytes(4) + b"\x60\x01")
