from media.peer.repairs import BURST_S, LEAST_WAIT_S, PACKET_BITS, SHARE, Repairs

LINE_BPS = 1_000_000
ROUND_TRIP_S = 0.100


def allowed(repairs: Repairs, numbers: range, now: float, ssrc: int = 7) -> list[int]:
    repairs.refill(LINE_BPS, now)
    sent = []
    for number in numbers:
        if repairs.may(ssrc, number, ROUND_TRIP_S, now):
            repairs.note(ssrc, number, 1, now)
            sent.append(number)
    return sent


def test_what_is_under_way_is_not_sent_again() -> None:
    repairs = Repairs()
    assert allowed(repairs, range(5), 1.0) == [0, 1, 2, 3, 4]
    assert allowed(repairs, range(6), 1.0 + ROUND_TRIP_S / 2) == [5]
    assert allowed(repairs, range(5), 1.01 + ROUND_TRIP_S) == [0, 1, 2, 3, 4]


def test_a_source_is_not_taken_for_another() -> None:
    repairs = Repairs()
    allowed(repairs, range(5), 1.0, ssrc=7)
    assert allowed(repairs, range(5), 1.0, ssrc=8) == [0, 1, 2, 3, 4]


def test_however_much_is_asked_for_half_the_line_is_left() -> None:
    repairs = Repairs()
    sent = sum(len(allowed(repairs, range(step * 100, step * 100 + 100), 1.0 + step / 10)) for step in range(100))
    assert sent * PACKET_BITS <= SHARE * LINE_BPS * (10.0 + BURST_S)
    assert sent * PACKET_BITS >= SHARE * LINE_BPS * 9.0


def test_on_a_short_line_a_repair_has_its_time_all_the_same() -> None:
    repairs = Repairs()
    repairs.refill(LINE_BPS, 1.0)
    repairs.note(7, 1, 1, 1.0)
    assert not repairs.may(7, 1, 0.0, 1.0 + LEAST_WAIT_S / 2)
    assert repairs.may(7, 1, 0.0, 1.0 + LEAST_WAIT_S)
