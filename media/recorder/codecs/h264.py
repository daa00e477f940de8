"""H.264 in RTP (RFC 6184), packetisation modes 0 and 1."""

from media.recorder.packets import PacketError

IDR, SPS, PPS, DELIMITER = 5, 7, 8, 9  # NAL unit types (H.264 table 7-1)
STAP_A, FU_A = 24, 28


class H264:
    """A frame is its NAL units, each after four bytes of length, as ISO 14496-15 lays them.

    Only an IDR picture that comes with its parameter sets counts as a key frame: the file could not start with another.
    """

    def begins(self, payload: bytes) -> bool:
        kind = payload[0] & 0x1F
        return kind != FU_A or (len(payload) > 1 and bool(payload[1] & 0x80))

    def join(self, payloads: list[bytes]) -> tuple[bytes, bool, bytes]:
        units = [unit for unit in _units(payloads) if unit and unit[0] & 0x1F != DELIMITER]
        if not units:
            raise PacketError("access unit without content")
        data = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
        sets = {unit[0] & 0x1F: bytes(unit) for unit in units}
        if not {IDR, SPS, PPS} <= sets.keys():
            return data, False, b""
        return data, True, _decoder_configuration(sets[SPS], sets[PPS])


def _units(payloads: list[bytes]) -> list[bytearray]:
    units: list[bytearray] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            _add_fragment(units, payload)
        elif kind == STAP_A:
            units += _aggregated(payload)
        elif 0 < kind < STAP_A:
            units.append(bytearray(payload))
        else:
            raise PacketError("NAL unit type that WebRTC does not use")
    return units


def _add_fragment(units: list[bytearray], payload: bytes) -> None:
    """§5.8: the first fragment carries the header that the unit is given back."""
    if len(payload) < 3:
        raise PacketError("fragment without data")
    if payload[1] & 0x80:
        units.append(bytearray([payload[0] & 0xE0 | payload[1] & 0x1F]))
    elif not units:
        raise PacketError("fragment without its first part")
    units[-1] += payload[2:]


def _aggregated(payload: bytes) -> list[bytearray]:
    """§5.7.1: units with two bytes of length each."""
    units: list[bytearray] = []
    position = 1
    while position < len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if not size or position + size > len(payload):
            raise PacketError("aggregated unit longer than its packet")
        units.append(bytearray(payload[position : position + size]))
        position += size
    return units


def _decoder_configuration(sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (ISO 14496-15 §5.3.3.1) with one parameter set of each kind."""
    if len(sps) < 4:
        raise PacketError("sequence parameter set cut short")
    head = bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1])
    return head + len(sps).to_bytes(2, "big") + sps + b"\x01" + len(pps).to_bytes(2, "big") + pps
