"""An uploaded picture made safe and small."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

PICTURE_BYTES_MAX = 8 * 1024 * 1024
PICTURE_PIXELS_MAX = 40_000_000
SIDE_PX_MAX = 960
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 80


class NotPicture(ValueError):
    """The upload is no picture we take; the message is a code."""


def reencode(upload: bytes) -> bytes:
    """The picture as WebP of at most 960 px, upright and without what else the file carried
    (place, camera, comments, scripts). Raises NotPicture.
    """
    if len(upload) > PICTURE_BYTES_MAX:
        raise NotPicture("too_big")
    try:
        with warnings.catch_warnings():
            # Pillow warns of decompression bombs and of odd headers; the limit below decides.
            warnings.simplefilter("ignore")
            return _small(upload)
    except NotPicture:
        raise
    except Exception as problem:
        # Damaged files make Pillow's decoders raise nearly anything.
        raise NotPicture("unreadable") from problem


def _small(upload: bytes) -> bytes:
    with Image.open(io.BytesIO(upload), formats=_FORMATS) as picture:
        if picture.width * picture.height > PICTURE_PIXELS_MAX:
            raise NotPicture("too_many_pixels")
        upright = ImageOps.exif_transpose(picture)
        has_alpha = "A" in upright.getbands() or "transparency" in upright.info
        plain = upright.convert("RGBA" if has_alpha else "RGB")
        plain.thumbnail((SIDE_PX_MAX, SIDE_PX_MAX))
        stored = io.BytesIO()
        Image.frombytes(plain.mode, plain.size, plain.tobytes()).save(
            stored, "WEBP", quality=_QUALITY, method=4
        )
        return stored.getvalue()
