"""Reads finished recordings back: which codes are seen and which beeps are heard, and when."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from recordings.catalogue import Recordings
from tests.support.picture_code import Code, read

LOUD = 0.1  # of full scale; a beep has 0.6, silence after Opus less than 0.01
QUIET_S = 0.3  # of silence before a sound counts as a new beep


@dataclass(frozen=True, slots=True)
class Seen:
    """One decoded picture: seconds since its file's time 0, and its code; None where it cannot be read."""

    time_s: float
    code: Code | None


def pictures(file: Path | BinaryIO) -> list[Seen]:
    with av.open(file, "r") as container:
        return [Seen(float(picture.time or 0), _code(picture)) for picture in container.decode(video=0)]


def beeps(file: Path | BinaryIO) -> list[float]:
    """When beeps begin, in seconds since the file's time 0."""
    found: list[float] = []
    last = -QUIET_S
    with av.open(file, "r") as container:
        for sound in container.decode(audio=0):
            samples = sound.to_ndarray()[0] if sound.format.is_planar else sound.to_ndarray()[0][::2]
            if samples.dtype.kind == "i":
                samples = samples / 32_768
            for index in np.flatnonzero(np.abs(samples) > LOUD):
                time_s = float(sound.time or 0) + int(index) / sound.sample_rate
                if time_s - last >= QUIET_S:
                    found.append(time_s)
                last = time_s
    return found


def skew_s(recordings: Recordings, owner: str, recording: str, label: str) -> list[float]:
    """How late each beep of one person lies against her picture, in seconds: both tell the same clock."""
    entry = recordings.entry(owner, recording)
    of = {track.kind: track for track in entry.tracks if track.label == label}
    with recordings.track(owner, recording, of["video"].name) as file:
        seen = [(s.time_s + of["video"].offset_s, s.code.clock_ms / 1000) for s in pictures(file.file) if s.code]
    with recordings.track(owner, recording, of["audio"].name) as file:
        heard = [time + of["audio"].offset_s for time in beeps(file.file)]
    shown_at, clock = np.array([when for when, _ in seen]), np.array([what for _, what in seen])
    told = [float(np.interp(time, shown_at, clock)) for time in heard if shown_at[0] <= time <= shown_at[-1]]
    return [(what + 0.5) % 1.0 - 0.5 for what in told]


def _code(picture: av.VideoFrame) -> Code | None:
    grey = picture.reformat(format="gray").to_ndarray()
    return read(grey.tobytes(), picture.width, picture.height)
