"""P7: guessed user fragments: at least 24 random bits and 128 of password; a wrong guess makes no state."""

import math
import os
import string
import tracemalloc

from media import ice
from tests.support.checks import binding_request
from tests.support.scale import scaled

GUESSES = scaled(5_000, 500_000)
ICE_CHARS = set(string.ascii_letters + string.digits + "+/")


def test_credentials_have_the_bits_and_the_letters() -> None:
    drawn = [ice.Credentials.fresh() for _ in range(500)]
    assert len({one.ufrag for one in drawn}) == len({one.password for one in drawn}) == 500
    for one in drawn:
        assert set(one.ufrag + one.password) <= ICE_CHARS
        assert len(one.ufrag) * 4 >= 24
        assert len(one.password) * math.log2(64) >= 128


def test_wrong_guesses_leave_nothing_behind() -> None:
    agents = ice.Agents()
    agent = agents.add()

    def guess(count: int) -> None:
        for number in range(count):
            request = binding_request(os.urandom(4).hex(), "x" * 24)
            assert agents.receive(request, ("192.0.2.1", 1024 + number % 60_000), 0.0) is None

    guess(100)  # what Python itself keeps after the first time
    tracemalloc.start()
    guess(GUESSES)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000
    assert agent.address is None
    assert agents.refused["unknown-ufrag"] == GUESSES + 100
