import random

from media.bandwidth.queue import Queue


def test_jitter_is_not_unusual_and_a_queue_is() -> None:
    queue, numbers = Queue(), random.Random(1)
    strange = 0
    for _ in range(2_000):
        queue.receive(5.0 + numbers.random() * 0.050)
        strange += queue.unusual
    assert strange < 20
    for step in range(30):
        queue.receive(5.025 + step * 0.005)
    assert queue.unusual


def test_a_queue_has_time_to_empty_before_it_becomes_usual() -> None:
    queue = Queue()
    for _ in range(500):
        queue.receive(5.0)
    for _ in range(75):  # a second and a half
        queue.receive(5.3)
    assert queue.unusual
    assert queue.seconds > 0.1


def test_another_route_becomes_usual_in_time() -> None:
    queue = Queue()
    for _ in range(500):
        queue.receive(5.0)
    for _ in range(300):  # six seconds
        queue.receive(5.08)
    assert not queue.unusual


def test_a_shorter_wait_is_usual_at_once() -> None:
    queue = Queue()
    for _ in range(500):
        queue.receive(5.3)
    for _ in range(40):
        queue.receive(5.0)
    for _ in range(10):
        queue.receive(5.1)
    assert queue.unusual


def test_a_queue_that_came_and_went_is_not_taken_for_jitter() -> None:
    queue = Queue()
    for _ in range(2_000):
        queue.receive(5.0)
    for step in range(600):  # twelve seconds: it grows, stands, empties
        queue.receive(5.0 + min(step, 150, 600 - step) * 0.002)
    for _ in range(50):
        queue.receive(5.0)
    for _ in range(20):
        queue.receive(5.05)
    assert queue.unusual
