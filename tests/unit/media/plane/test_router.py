from media.plane.interface import Codec, Extensions, Ingress, PeerIndex, Route, RouteIndex, TrackIndex
from media.plane.router import Router

ALICE, BOB, CAROL = PeerIndex(0), PeerIndex(1), PeerIndex(2)
CAMERA, SCREEN = TrackIndex(0), TrackIndex(1)
CODECS = (Codec("vp8", 96, 97, 90_000),)


def section(track: TrackIndex, codecs: tuple[Codec, ...] = CODECS) -> Ingress:
    return Ingress(track, True, str(track), frozenset(), frozenset(), codecs)


def route(number: int, peer: PeerIndex, ssrc: int) -> Route:
    return Route(RouteIndex(number), peer, ssrc, {96: 96}, None, {}, "0", Extensions(), Extensions())


def test_a_track_is_kept_while_somebody_publishes_gets_or_records_it() -> None:
    router = Router()
    router.set_ingress(ALICE, (section(CAMERA),), Extensions())
    router.set_route(CAMERA, route(0, BOB, 1))
    router.set_tap(CAMERA, 5)
    router.set_ingress(ALICE, (), Extensions())
    router.end_route(CAMERA, RouteIndex(0))
    assert CAMERA in router.tracks
    router.set_tap(CAMERA, None)
    assert CAMERA not in router.tracks


def test_routes_that_stay_keep_their_rewriters() -> None:
    router = Router()
    router.set_route(CAMERA, route(0, BOB, 1))
    router.set_route(CAMERA, route(1, CAROL, 1))
    kept = router.rewriter(RouteIndex(0))
    router.end_route(CAMERA, RouteIndex(1))
    router.set_route(CAMERA, route(0, BOB, 1))
    assert router.rewriter(RouteIndex(0)) is kept
    assert router.rewriter(RouteIndex(1)) is None


def test_a_route_is_on_one_track_at_a_time() -> None:
    router = Router()
    router.set_route(CAMERA, route(0, BOB, 1))
    router.set_route(SCREEN, route(0, BOB, 1))
    assert router.track(CAMERA).rewriters == []
    router.end_route(CAMERA, RouteIndex(0))
    assert router.rewriter(RouteIndex(0)) is router.track(SCREEN).rewriters[0]


def test_a_reused_index_towards_somebody_else_is_another_route() -> None:
    router = Router()
    router.set_route(CAMERA, route(0, BOB, 1))
    router.set_route(CAMERA, route(0, CAROL, 1))
    rewriter = router.rewriter(RouteIndex(0))
    assert rewriter is not None
    assert rewriter.endpoint is router.endpoint(CAROL)


def test_who_leaves_takes_tracks_and_routes_along() -> None:
    router = Router()
    router.set_ingress(ALICE, (section(CAMERA),), Extensions())
    router.set_route(CAMERA, route(0, BOB, 1))
    router.set_route(SCREEN, route(1, ALICE, 1))
    assert router.remove(ALICE) is not None
    assert router.remove(ALICE) is None
    assert SCREEN not in router.tracks
    assert router.tracks[CAMERA].publisher is None
    assert router.rewriter(RouteIndex(0)) is not None


def test_a_track_belongs_to_its_last_publisher() -> None:
    router = Router()
    router.set_ingress(ALICE, (section(CAMERA),), Extensions())
    router.set_ingress(BOB, (section(CAMERA),), Extensions())
    router.remove(ALICE)
    assert router.tracks[CAMERA].publisher == BOB


def test_other_codecs_let_a_track_start_again() -> None:
    router = Router()
    router.set_ingress(ALICE, (section(CAMERA),), Extensions())
    track = router.track(CAMERA)
    track.started = True
    router.set_ingress(ALICE, (section(CAMERA), section(SCREEN)), Extensions())
    assert track.started
    router.set_ingress(ALICE, (section(CAMERA, (Codec("av1", 45, None, 90_000),)),), Extensions())
    assert not track.started
