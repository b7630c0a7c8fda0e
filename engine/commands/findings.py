"""What was wrong with the candles, said in a few lines; every finding where one asks for it."""

from collections.abc import Sequence
from typing import Final

from engine.market.clean import Finding

FEW: Final = 6
WORDS: Final = {
    "nonsense": "nonsense bars",
    "disorder": "bars out of order",
    "duplicates": "doubled bars",
    "zero_volume": "bars without volume",
    "gaps": "missing bars",
    "empty": "files without bars to use",
}


def lines(findings: Sequence[Finding], verbose: bool) -> list[str]:
    """Each finding, or where there are many one line a kind with the symbol that has most."""
    if verbose or len(findings) <= FEW:
        return [str(finding) for finding in findings]
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.kind, finding.handled), []).append(finding)
    return [*(_line(group) for group in grouped.values()), "--verbose lists them by symbol"]


def _line(group: Sequence[Finding]) -> str:
    most = max(group, key=lambda finding: finding.bars)
    bars = sum(finding.bars for finding in group) or len(group)
    where = f"{len(group)} symbols, most in {most.symbol}" if len(group) > 1 else most.symbol
    return f"{bars:,} {WORDS[most.kind]} in {where}: {most.handled}"
