from media.rtcp.keyframes import INTERVAL_S, KeyframeRequests


def test_the_first_request_goes_through_at_once() -> None:
    requests = KeyframeRequests[str]()
    requests.ask("camera")
    assert requests.next_deadline() == 0.0
    assert requests.due(now=5.0) == ["camera"]
    assert requests.next_deadline() is None


def test_a_storm_of_requests_becomes_two_a_second() -> None:
    requests = KeyframeRequests[str]()
    sent = 0
    for millisecond in range(3_000):
        requests.ask("camera")
        sent += len(requests.due(now=millisecond / 1_000))
    assert sent == 6


def test_a_request_that_came_too_soon_is_kept() -> None:
    requests = KeyframeRequests[str]()
    requests.ask("camera")
    requests.due(now=1.0)
    requests.ask("camera")
    assert requests.due(now=1.1) == []
    assert requests.next_deadline() == 1.0 + INTERVAL_S
    assert requests.due(now=1.0 + INTERVAL_S) == ["camera"]
    assert requests.due(now=9.0) == []


def test_tracks_do_not_wait_for_each_other() -> None:
    requests = KeyframeRequests[str]()
    requests.ask("camera")
    requests.due(now=1.0)
    requests.ask("screen")
    assert requests.due(now=1.1) == ["screen"]


def test_a_track_that_ended_is_forgotten() -> None:
    requests = KeyframeRequests[str]()
    requests.ask("camera")
    requests.forget("camera")
    assert requests.due(now=1.0) == []
