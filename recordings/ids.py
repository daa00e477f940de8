"""Identifiers of what is kept. `OwnerId` is minted outside and opaque here; the vault mints the names of tracks."""

from typing import NewType

RecordingId = NewType("RecordingId", str)
OwnerId = NewType("OwnerId", str)  # what a recording belongs to, and with which it is read or refused
TrackName = NewType("TrackName", str)  # a file name made by the vault, for example "t0001.webm"
