from media.rtcp.allowance import BYTES_PER_S, OVERHEAD, Allowance

SIZE = 1_200
A_SECOND = BYTES_PER_S // (SIZE + OVERHEAD)


def test_a_burst_is_read_up_to_a_seconds_worth() -> None:
    allowance = Allowance()
    assert sum(allowance.take(SIZE, now=100.0) for _ in range(1_000)) == A_SECOND


def test_what_was_used_comes_back_with_time_and_never_exceeds_a_second() -> None:
    allowance = Allowance()
    while allowance.take(SIZE, now=0.0):
        pass
    assert not allowance.take(SIZE, now=0.001)
    assert sum(allowance.take(SIZE, now=0.5) for _ in range(1_000)) in (A_SECOND // 2, A_SECOND // 2 + 1)
    assert sum(allowance.take(SIZE, now=500.0) for _ in range(1_000)) == A_SECOND


def test_empty_compounds_are_not_for_free() -> None:
    allowance = Allowance()
    assert sum(allowance.take(8, now=0.0) for _ in range(5_000)) <= BYTES_PER_S // OVERHEAD
