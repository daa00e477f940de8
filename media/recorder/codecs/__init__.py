"""How each codec's frames travel in RTP and lie in Matroska."""

from media.recorder.codecs.av1 import Av1
from media.recorder.codecs.h264 import H264
from media.recorder.codecs.vp8 import Vp8
from media.recorder.codecs.vp9 import Vp9
from media.recorder.frames import Format

__all__ = ["H264", "MATROSKA_NAMES", "WEBM", "Av1", "Vp8", "Vp9", "picture_format"]

MATROSKA_NAMES = {  # SDP's name in lower case → CodecID (RFC 9559 §5.1.4.1.21 and the codec mappings)
    "vp8": "V_VP8",
    "vp9": "V_VP9",
    "av1": "V_AV1",
    "h264": "V_MPEG4/ISO/AVC",
    "opus": "A_OPUS",
}
WEBM = frozenset({"vp8", "vp9", "av1", "opus"})  # what a browser plays as WebM; the others lie in plain Matroska

_PICTURE_FORMATS: dict[str, type[Vp8 | Vp9 | Av1 | H264]] = {"vp8": Vp8, "vp9": Vp9, "av1": Av1, "h264": H264}


def picture_format(codec: str) -> Format:
    """Raises KeyError for a codec that cannot be recorded."""
    return _PICTURE_FORMATS[codec]()
