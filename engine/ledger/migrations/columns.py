"""The column types of the versions, as they were and stay: later types get names of their own."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Numeric, Text

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
MONEY: Final = Numeric(38, 18).with_variant(Text(), "sqlite")


def text(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, TEXT, nullable=null) for name in names]


def time(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, BigInteger, nullable=null) for name in names]


def real(*names: str) -> list[Column[Any]]:
    return [Column(name, Double) for name in names]


def money(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, MONEY, nullable=null) for name in names]


def run() -> Column[Any]:
    return Column("run_id", TEXT, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)


def seq() -> list[Column[Any]]:
    return [run(), Column("seq", BigInteger, primary_key=True, autoincrement=False)]
