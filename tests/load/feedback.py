"""What one subscriber's feedback on congestion costs the relay: parsing, departures, estimate, allocation.

    python -m tests.load.feedback

Twenty feedbacks a second, as browsers send them, each about a dozen packets of picture and sound; CPU time, no socket.
"""

import gc
import sys
import time

from media.bandwidth.allocator import Rank, Wish, allocate
from media.bandwidth.estimator import Estimator
from media.plane.departures import Departures
from media.rtcp import packets as rtcp
from media.rtcp.transport import TransportFeedback

ROUNDS = 20_000
FEEDBACK_S, FRAME_S, SOUND_S = 0.050, 1 / 30, 0.020
PACKETS_A_FRAME = 7  # 2 Mbit/s
WISHES = [Wish(Rank.SOUND, (48_000.0,), 0), Wish(Rank.WATCHED, (150_000.0, 500_000.0, 1_700_000.0), 2, 2)]


def compounds() -> tuple[list[tuple[float, bytes]], list[tuple[float, int]]]:
    """Feedbacks with the time at which they come, and the departures of the packets they tell of."""
    sent = [
        (frame * FRAME_S, 1_150) for frame in range(int(ROUNDS * FEEDBACK_S / FRAME_S)) for _ in range(PACKETS_A_FRAME)
    ]
    sent += [(place * SOUND_S, 120) for place in range(int(ROUNDS * FEEDBACK_S / SOUND_S))]
    sent.sort()
    told, begin = [], 0
    for number in range(1, ROUNDS + 1):
        end = begin
        while end < len(sent) and sent[end][0] < number * FEEDBACK_S:
            end += 1
        reference = int(sent[begin][0] / 0.064)
        ticks = [
            int((time_s + 0.030 + place * 0.0003) * 4000) - reference * 256
            for place, (time_s, _) in enumerate(sent[begin:end])
        ]
        ticks = [max(ticks[: place + 1]) for place in range(len(ticks))]
        feedback = TransportFeedback(1, 2, begin & 0xFFFF, reference, number & 0xFF, tuple(ticks))
        told.append((number * FEEDBACK_S + 0.060, rtcp.build([feedback])))
        begin = end
    return told, sent


def measure(calm: bool) -> float:
    """Microseconds of CPU for each feedback."""
    told, sent = compounds()
    departures, estimator = Departures(), Estimator(paced=True)
    gc.disable()
    spent, begin = 0.0, 0
    for now, compound in told:
        count = int.from_bytes(compound[14:16])
        for number in range(begin, begin + count):
            departures.note(number & 0xFFFF, 1, sent[number][1], sent[number][1], sent[number][0])
        begin += count
        start = time.process_time()
        (feedback,) = rtcp.parse(compound)
        if isinstance(feedback, TransportFeedback) and not estimator.skips(now, calm=calm):
            estimator.receive(feedback, departures.look_up(feedback.base, len(feedback.arrivals)), now)
        spent += time.process_time() - start
    gc.enable()
    return spent / len(told) * 1e6


def main() -> None:
    start = time.process_time()
    for _ in range(ROUNDS // 10):
        allocate(2_000_000, WISHES)
    share = (time.process_time() - start) / (ROUNDS // 10) * 1e6
    read, calm = measure(calm=False), measure(calm=True)
    sys.stdout.write(f"feedback {read:.1f} µs, on a calm line {calm:.1f} µs, allocation {share:.1f} µs\n")


if __name__ == "__main__":
    main()
