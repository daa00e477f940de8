"""Recordings of an act: asking for one, the list, what a player needs, and the bytes. Every reading is journaled."""

import asyncio

from aiohttp import web

from recordings.catalogue import NotFound, RecordingEntry, StillWriting
from recordings.manifest import State
from recordings.playback import CHUNK, ByteRange, PlaybackTrack, TrackFile, Unsatisfiable, parse_range, playback
from rooms.roles import Verb
from rooms.views import ActView, RecordingState
from signaling.api.documents import Playback, RecordingDocument, RecordingList, TrackDocument, moment
from signaling.api.route import Route, Shape
from signaling.api.services import Call
from signaling.errors import Refused


class RecordingAsked(Shape, frozen=True):
    """`on`: ask everybody present for a recording, which needs the right to record, or stop the one that runs."""

    on: bool


async def record(call: Call, body: RecordingAsked) -> None:
    if body.on:
        await call.rooms.ask_recording(call.caller, call.act)
    else:
        await call.rooms.stop_recording(call.caller, call.act, "asked")


async def listed(call: Call) -> RecordingList:
    view = await call.rooms.recordings(call.caller, call.act)
    entries = await asyncio.to_thread(call.services.recordings.list, call.act)
    return RecordingList(recordings=tuple(_document(entry, view) for entry in entries))


async def manifest(call: Call) -> Playback:
    view = await call.rooms.read_recording(call.caller, call.act, call.recording)
    try:
        entry = await asyncio.to_thread(call.services.recordings.entry, call.act, call.recording)
    except NotFound:
        raise Refused("not-found") from None
    if entry.state is State.WRITING:
        raise Refused("recording-runs")
    names = {str(seat.seat): seat.name for seat in view.seats}
    return Playback(tracks=tuple(_track(call, names, track) for track in playback(entry).tracks))


async def track(call: Call) -> web.StreamResponse:
    """One file, whole or by a byte range, so that a player can seek."""
    await call.rooms.read_recording(call.caller, call.act, call.recording)
    try:
        file = await asyncio.to_thread(
            call.services.recordings.track, call.act, call.recording, call.variables["track"]
        )
    except NotFound:
        raise Refused("not-found") from None
    except StillWriting:
        raise Refused("recording-runs") from None
    with file:
        return await _send(call.request, file)


async def _send(request: web.Request, file: TrackFile) -> web.StreamResponse:
    size = file.size
    headers = {"Accept-Ranges": "bytes", "ETag": file.etag, "Content-Type": file.content_type}
    try:
        asked = parse_range(request.headers.get("Range"), size)
    except Unsatisfiable:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    if asked is not None:
        headers["Content-Range"] = asked.content_range
    wanted = asked or ByteRange(0, size, size)
    response = web.StreamResponse(status=206 if asked else 200, headers=headers)
    response.content_length = wanted.length
    await response.prepare(request)
    for start in range(wanted.start, wanted.end, CHUNK):
        await response.write(await asyncio.to_thread(file.read, start, min(CHUNK, wanted.end - start)))
    await response.write_eof()
    return response


def _document(entry: RecordingEntry, view: ActView) -> RecordingDocument:
    running = view.recording.state is RecordingState.ON and str(view.recording.recording) == str(entry.recording)
    stopped = None if entry.state is State.WRITING else moment(entry.ended_at)
    return RecordingDocument(
        recording=entry.recording,
        state="on" if running else entry.state.value,
        started_at=moment(entry.started_at),
        stopped_at=stopped,
        duration_s=None if stopped is None else entry.duration_s,
        continues=entry.continues,
        gap_s=entry.gap_s,
    )


def _track(call: Call, names: dict[str, str], track: PlaybackTrack) -> TrackDocument:
    return TrackDocument(
        name=track.name,
        url=f"/api/v1/acts/{call.act}/recordings/{call.recording}/{track.name}",
        seat=track.label,
        label=names.get(track.label, ""),
        source=track.source,
        kind=track.kind,
        offset_s=track.offset_s,
        duration_s=track.duration_s,
        type=track.content_type,
    )


ASKING = ("not-open", "not-present", "recording-off", "recording-already", "not-recording")
PATH = "/api/v1/acts/{act}/recordings"
ROUTES = (
    Route("GET", PATH, Verb.READ_RECORDING, listed, "The recordings of an act"),
    Route(
        "POST",
        PATH,
        Verb.STOP_RECORDING,
        record,
        "Asks everybody for a recording, or stops it",
        204,
        ASKING,
    ),
    Route(
        "GET", PATH + "/{recording}", Verb.READ_RECORDING, manifest, "What a player needs", refuses=("recording-runs",)
    ),
    Route(
        "GET",
        PATH + "/{recording}/{track}",
        Verb.READ_RECORDING,
        track,
        "The bytes of a track, with ranges",
        refuses=("recording-runs",),
        produces="video/webm",
    ),
)
