"""Identifiers that the consultation mints. All are opaque strings; none says who a person is."""

from typing import NewType

ActId = NewType("ActId", str)
SeatId = NewType("SeatId", str)  # one person's place in one act, whatever device she sits at
DeviceId = NewType("DeviceId", str)  # one connected client on a seat: a browser tab, a WHIP camera, a WHEP viewer
PersonId = NewType("PersonId", str)  # a professional of the directory
EstablishmentId = NewType("EstablishmentId", str)
SubjectId = NewType("SubjectId", str)  # the patient, an opaque reference
RecordingId = NewType("RecordingId", str)
TextId = NewType("TextId", str)  # an erasable row that holds a name or a chat line; the journal holds its salted digest
