"""Times in another unit, or further apart than the name says, are refused with what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from engine.market.file_times import check_times
from engine.model.problem import CashTownError
from engine.model.timeframe import HOUR_MS

HOURS = np.arange(48, dtype=np.int64) * HOUR_MS + 1_600_000_000_000 // HOUR_MS * HOUR_MS
FILE = Path("XBTUSDTM_1h.csv")


@pytest.mark.parametrize(
    ("time", "says"),
    [
        (HOURS // 1000, "its timestamps are seconds"),
        (HOURS * 1000, "its timestamps are microseconds"),
        (HOURS * 1_000_000, "its timestamps are nanoseconds"),
        (HOURS[0] + (HOURS - HOURS[0]) * 4, "its bars are 4h apart, its name says 1h"),
        (HOURS[0] + (HOURS - HOURS[0]) // 60, "its bars are 1m apart, its name says 1h"),
        (np.append(HOURS, 2_534_023_008_000_000), "2534023008000000 is no moment in UTC ms before 2100"),
    ],
)
def test_what_cannot_be_is_said(time: np.ndarray, says: str) -> None:
    with pytest.raises(CashTownError, match=says):
        check_times(FILE, "1h", time)


@pytest.mark.parametrize(
    "time",
    [
        HOURS,
        HOURS[::-1],
        np.delete(HOURS, [3, 4, 5, 20]),
        np.append(HOURS, -1),
        HOURS[:1],
        HOURS[:0],
        HOURS[[0, 30]],
    ],
)
def test_holes_disorder_and_few_bars_are_no_matter_here(time: np.ndarray) -> None:
    check_times(FILE, "1h", time)
