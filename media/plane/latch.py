"""Which of a peer's tracks an SSRC belongs to, when it is first heard (RFC 8843 §9.2, RFC 8852 §3)."""

from typing import NamedTuple

from media.plane.interface import Ingress, TrackIndex


class Belonging(NamedTuple):
    track: TrackIndex
    repairs: bool  # the SSRC carries RTX


class Latch:
    """Decides by SSRC, then by MID and RID, then by payload type. Of two that claim the same, the first has it."""

    def __init__(self, ingress: tuple[Ingress, ...] = ()) -> None:
        self._ssrcs: dict[int, Belonging] = {}
        self._sections: dict[tuple[bytes, bytes], Ingress] = {}  # by MID, and RID where layers have one
        self._types: dict[int, Belonging] = {}
        for section in ingress:
            for ssrc in section.ssrcs:
                self._ssrcs.setdefault(ssrc, Belonging(section.track, repairs=False))
            for ssrc in section.rtx_ssrcs:
                self._ssrcs.setdefault(ssrc, Belonging(section.track, repairs=True))
            self._sections.setdefault((section.mid.encode(), section.rid.encode()), section)
            if section.payload_types_only:
                for payload_type, belonging in _types_of(section).items():
                    self._types.setdefault(payload_type, belonging)

    def belonging(self, ssrc: int, mid: bytes, payload_type: int, rid: bytes = b"") -> Belonging | None:
        """`mid` and `rid` (that of the layer repaired, in a repair) are empty where the packet names none."""
        named = self._ssrcs.get(ssrc)
        if named is not None:
            return named
        section = (self._sections.get((mid, rid)) or self._sections.get((mid, b""))) if mid else None
        if section is not None:
            return _types_of(section).get(payload_type)
        return self._types.get(payload_type)


def _types_of(section: Ingress) -> dict[int, Belonging]:
    media = {codec.payload_type: Belonging(section.track, repairs=False) for codec in section.codecs}
    repairs = {
        codec.rtx_payload_type: Belonging(section.track, repairs=True)
        for codec in section.codecs
        if codec.rtx_payload_type is not None
    }
    return repairs | media
