"""Whether the times of a candle file are what its name and the format say: UTC ms, so far apart."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS

FEW_BARS: Final = 24
"""Fewer say nothing of how far apart bars are."""

LAST_MS: Final = 4_102_444_800_000
"""The beginning of 2100: what opens later is no moment in ms."""


def check_times(path: Path, timeframe: str, time: NDArray[Any]) -> None:
    """Raises CashTownError where most bars are another distance apart than the timeframe in the
    file's name says (seconds, microseconds, another timeframe), or one lies beyond this century.
    `time` holds bar opens as they stand, below 0 where there is none.
    """
    known = np.unique(time[time >= 0])
    if not len(known):
        return
    apart = float(np.median(np.diff(known))) if len(known) >= FEW_BARS else 0.0
    step = DURATION_MS[timeframe]
    units = {step / 1000: "seconds", step * 1000.0: "microseconds", step * 1e6: "nanoseconds"}
    if apart in units:
        raise CashTownError(f"{path}: its timestamps are {units[apart]}; UTC milliseconds are asked for")
    if apart and apart != step:
        names = {float(length): name for name, length in DURATION_MS.items()}
        spacing = names.get(apart, f"{apart / 60_000:g} minutes")
        raise CashTownError(f"{path}: its bars are {spacing} apart, its name says {timeframe}")
    if known[-1] >= LAST_MS:
        raise CashTownError(f"{path}: timestamp {int(known[-1])} is no moment in UTC ms before 2100")
