"""How many trades came to how many R, as a drawing."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

LOW: Final = -3.0
HIGH: Final = 5.0
STEP: Final = 0.5
_BAR: Final = 34
_HEIGHT: Final = 120


def histogram(multiples: Sequence[float]) -> Markup | str:
    """An SVG, a bar for each half R from -3 to 5, what lies beyond in the outermost; "" without trades."""
    if not multiples:
        return ""
    bins = round((HIGH - LOW) / STEP)
    counts = [0] * bins
    for value in multiples:
        counts[min(bins - 1, max(0, int((value - LOW) // STEP)))] += 1
    top = max(counts)
    parts = []
    for index, number in enumerate(counts):
        left = index * _BAR
        low = LOW + index * STEP
        tall = round(number / top * _HEIGHT, 1)
        kind = "h-gain" if low >= 0 else "h-loss"
        if number:
            parts.append(
                f'<rect class="{kind}" x="{left + 1}" y="{_HEIGHT - tall + 16}" '
                f'width="{_BAR - 2}" height="{tall}"/>'
                f'<text x="{left + _BAR // 2}" y="{_HEIGHT - tall + 12}">{number}</text>'
            )
        if low == int(low):
            parts.append(f'<text x="{left}" y="{_HEIGHT + 32}">{int(low):+d} R</text>')
    wide = bins * _BAR
    axis = f'<path class="axis" d="M0 {_HEIGHT + 16.5}H{wide}"/>'
    return Markup(
        f'<svg class="histogram" viewBox="-16 0 {wide + 32} {_HEIGHT + 38}" role="img" '
        f'aria-label="Trades by R multiple">{axis}{"".join(parts)}</svg>'
    )
