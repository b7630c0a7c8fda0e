"""`python -m benchmarks.plain_rule --candles DIR`: the engine's trades against the plain reference."""

import argparse
import sys
from pathlib import Path

from benchmarks.plain_rule import plain_config, shipped_config
from benchmarks.plain_rule.compare import compare
from engine.market.files import read_universe
from engine.model.problem import CashTownError


def main() -> int:
    """Prints trades and differences a symbol; 1 where there are any, 2 where it could not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_rule", description=__doc__)
    parser.add_argument("--candles", type=Path, required=True)
    parser.add_argument("--timeframe", default="1h")
    asked = parser.parse_args()
    try:
        policy = shipped_config().market.candles
        universe, _ = read_universe(asked.candles, policy, asked.timeframe, asked.timeframe, None, None, None)
    except CashTownError as error:
        print(error, file=sys.stderr)
        return 2
    differing = 0
    for symbol, (trades, differences) in compare(plain_config(), universe).items():
        print(f"{symbol:<12} {trades:>5} trades, {len(differences)} differences")
        for difference in differences[:5]:
            print(f"    {difference}")
        differing += len(differences)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
