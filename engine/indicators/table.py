"""The function table: every indicator an expression may call; static, imports no numerics.

A row states name, arguments, unit, range, warm-up and a sentence; the language, the schema, the
documentation and the did-you-mean are made from it. To add an indicator, add a row here (in
`table_talib` or `table_own`) and its function in `compute`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.indicators import table_own, table_talib
from engine.model.function import Function

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {row.name: row for row in (*table_talib.ROWS, *table_own.ROWS)}
)
