"""A picture that says who, which source, which frame and when: drawn on the near side, read on the far one.

The lower 60 % of a picture hold 16 x 4 blocks, black for 0 and white for 1, row by row, most significant bit first:
person and source (5 + 3 bits), frame number (16), clock (24, milliseconds), and a CRC-16 (CCITT, init 0xFFFF) of all
that. Blocks are coarse enough for a picture of 160x90 after a video codec. Standard library only: GStreamer's script
runs under the system's Python. people.js draws and reads the same; test_support_browser.py holds the two together.
"""

from binascii import crc_hqx
from dataclasses import dataclass

COLUMNS, ROWS = 16, 4
TOP = 0.4  # share of the height above the blocks: a person's colour and name, for eyes

CAMERA, SECOND_CAMERA, SCREEN = range(3)  # sources
CLOCK_WRAP_MS = 1 << 24


@dataclass(frozen=True, slots=True)
class Code:
    person: int  # 0..31
    source: int  # CAMERA, SECOND_CAMERA or SCREEN
    frame: int  # wraps at 65,536
    clock_ms: int  # wraps at CLOCK_WRAP_MS, four hours and a half

    def to_bytes(self) -> bytes:
        body = bytes([self.person << 3 | self.source]) + self.frame.to_bytes(2) + self.clock_ms.to_bytes(3)
        return body + crc_hqx(body, 0xFFFF).to_bytes(2)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Code | None":
        body, check = data[:6], int.from_bytes(data[6:])
        if crc_hqx(body, 0xFFFF) != check:
            return None
        return cls(body[0] >> 3, body[0] & 7, int.from_bytes(body[1:3]), int.from_bytes(body[3:6]))


def draw(code: Code, width: int = 320, height: int = 180) -> bytes:
    """The picture as 8-bit grey, `width * height` bytes."""
    bits = int.from_bytes(code.to_bytes())
    top = round(height * TOP)
    places = [x * COLUMNS // width for x in range(width)]
    lines = []
    for row in range(ROWS):
        blocks = bits >> (ROWS - 1 - row) * COLUMNS
        lines.append(bytes(255 * (blocks >> (COLUMNS - 1 - place) & 1) for place in places))
    code_part = b"".join(lines[y * ROWS // (height - top)] for y in range(height - top))
    return b"\x60" * (width * top) + code_part


def read(luma: bytes, width: int, height: int, stride: int | None = None) -> Code | None:
    """Reads a grey picture, `stride` bytes a line; None if there is no whole code in it."""
    stride = stride or width
    top = height * TOP
    bits = 0
    for row in range(ROWS):
        for column in range(COLUMNS):
            samples = [
                luma[int(top + (row + dy) * (height - top) / ROWS) * stride + int((column + dx) * width / COLUMNS)]
                for dy in (0.35, 0.5, 0.65)
                for dx in (0.35, 0.5, 0.65)
            ]
            bits = bits << 1 | (sum(samples) > 128 * len(samples))
    return Code.from_bytes(bits.to_bytes(COLUMNS * ROWS // 8))
