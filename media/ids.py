"""Identifiers of the relay. They are minted by whoever commands the relay and are opaque here."""

from typing import NewType

RoomId = NewType("RoomId", str)  # tracks are forwarded only inside one room
PeerId = NewType("PeerId", str)  # one peer connection (one ICE/DTLS transport) of a participant
TrackId = NewType("TrackId", str)  # one published media stream, audio or video
