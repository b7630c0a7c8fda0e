"""Money is exact and has one text: on SQLite that text, elsewhere NUMERIC(38,18); never a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable

from engine.ledger.money import Money, plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", "1"),
        ("100", "100"),
        ("1.50", "1.5"),
        ("1E+5", "100000"),
        ("1E-7", "0.0000001"),
        ("-0.0", "0"),
        ("0E+5", "0"),
        ("0E-30", "0"),
        ("-12.340", "-12.34"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("0.0000000000000000005", "0"),  # half to even: as NUMERIC(38,18) could not hold it either
        ("1.0000000000000000015", "1.000000000000000002"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    ],
)
def test_text_is_canonical(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize("value", [1.5, 1, "1.5", True])
def test_only_decimals_are_money(value: object) -> None:
    with pytest.raises(TypeError, match="money is Decimal"):
        plain(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e20", "-1E+400"])
def test_money_is_finite_and_fits(value: str) -> None:
    with pytest.raises(ValueError, match="money must be finite"):
        plain(Decimal(value))


exact = st.decimals(min_value=Decimal(-(10**20) + 1), max_value=Decimal(10**20 - 1), places=18)


@given(exact)
def test_text_is_exact_and_equal_values_have_equal_text(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert plain(Decimal(text)) == plain(value + Decimal("0E-30") if abs(value) < 1 else value) == text
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


def test_column_types() -> None:
    table = Table("t", MetaData(), Column("amount", Money))
    assert "amount TEXT" in str(CreateTable(table).compile(dialect=sqlite.dialect()))
    assert "amount NUMERIC(38, 18)" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_padded_numeric_reads_as_the_same_decimal() -> None:
    read = Money().process_result_value(Decimal("1.500000000000000000"), postgresql.dialect())
    assert str(read) == "1.5"
    assert Money().process_bind_param(Decimal("1.50"), postgresql.dialect()) == Decimal("1.5")


def test_a_float_bound_as_money_raises() -> None:
    table = Table("t", MetaData(), Column("amount", Money))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        with pytest.raises(StatementError, match="money is Decimal, not float"):
            connection.execute(insert(table), {"amount": 1.5})
        connection.execute(insert(table), [{"amount": Decimal("0.10")}, {"amount": None}])
        assert connection.scalars(select(table.c.amount)).all() == [Decimal("0.1"), None]
        # equal values have equal text, so that `=` works
        assert connection.scalar(select(table.c.amount).where(table.c.amount == Decimal("0.100")))
    engine.dispose()
