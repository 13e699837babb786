"""A shop's accent made readable: the same hue, lightened or darkened until it meets AA.

Contrast as WCAG 2.2 defines it (relative luminance of sRGB). Weakness: lightness moves in HSL, so
a corrected yellow turns brown rather than staying bright; it is readable, which is the point.
"""

import colorsys
import re
from dataclasses import dataclass

ACCENT = re.compile(r"[0-9a-f]{6}")
HOUSE_ACCENT = "0b63ce"
CONTRAST_MIN = 4.6  # AA asks 4.5; the rest is room for the page's tinted ground
LIGHT_GROUNDS = ("f5f5f3", "ffffff")
DARK_GROUNDS = ("111214", "1a1c1f", "232529")
STEPS = 100

Rgb = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Tones:
    """One accent on one ground, as six-digit hex: the colour, a tint of it, what stands on it."""

    accent: str
    soft: str
    on_accent: str


def tones(accent: str, *, dark: bool) -> Tones:
    """The accent (six hex digits) as it is used on light or dark pages."""
    grounds = DARK_GROUNDS if dark else LIGHT_GROUNDS
    soft = _mix(accent, grounds[-1], 0.16 if dark else 0.08)
    fitted = _fit(accent, (*grounds, soft), lighter=dark)
    ink = max(("ffffff", "101318"), key=lambda tone: contrast(tone, fitted))
    return Tones(accent=fitted, soft=soft, on_accent=ink)


def stylesheet(accent: str) -> str:
    """The tokens of an accent, for light and dark."""
    light, dark = tones(accent, dark=False), tones(accent, dark=True)
    return (
        f":root{{{_tokens(light)}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{_tokens(dark)}}}}}\n"
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _tokens(tones: Tones) -> str:
    return f"--accent:#{tones.accent};--accent-soft:#{tones.soft};--on-accent:#{tones.on_accent}"


def _fit(accent: str, grounds: tuple[str, ...], *, lighter: bool) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(accent))
    for step in range(STEPS + 1):
        goal = 1.0 if lighter else 0.0
        at = lightness + (goal - lightness) * step / STEPS
        tone = _hex(colorsys.hls_to_rgb(hue, at, saturation))
        if all(contrast(tone, ground) >= CONTRAST_MIN for ground in grounds):
            return tone
    return "ffffff" if lighter else "000000"


def _mix(one: str, other: str, share: float) -> str:
    mixed = [a * share + b * (1 - share) for a, b in zip(_rgb(one), _rgb(other), strict=True)]
    return _hex((mixed[0], mixed[1], mixed[2]))


def _luminance(tone: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(tone)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _rgb(tone: str) -> Rgb:
    return int(tone[:2], 16) / 255, int(tone[2:4], 16) / 255, int(tone[4:], 16) / 255


def _hex(rgb: Rgb) -> str:
    return "".join(f"{round(part * 255):02x}" for part in rgb)
