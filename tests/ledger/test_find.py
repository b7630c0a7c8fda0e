"""Ids as a person types them: whole, by their first letters, or with a clear word on what is missing."""

import pytest
from sqlalchemy import Engine

from engine.ledger import find
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError

from . import samples


@pytest.fixture(autouse=True)
def stored(writer: LedgerWriter) -> None:
    for number, run_id in enumerate(("2021-a1", "2021-a2", "2022-b1")):
        writer.begin_run(samples.run(run_id, started_at=number))
    old = [samples.decision("abc111"), samples.refusal("abc222"), samples.refusal("def333")]
    writer.add(Batch("2021-a1", decisions=old))
    writer.add(Batch("2022-b1", decisions=[samples.refusal("abc222"), samples.refusal("abc")]))


def test_runs_from_oldest_to_newest(engine: Engine) -> None:
    assert [run.run_id for run in find.runs(engine)] == ["2021-a1", "2021-a2", "2022-b1"]
    assert [run.run_id for run in find.runs(engine, limit=2)] == ["2021-a2", "2022-b1"]
    assert find.latest_run(engine).run_id == "2022-b1"


def test_a_run_by_its_id_or_its_first_letters(engine: Engine) -> None:
    assert find.find_run(engine, "2021-a2").run_id == "2021-a2"
    assert find.find_run(engine, "2022").run_id == "2022-b1"


def test_a_run_that_is_not_one(engine: Engine) -> None:
    with pytest.raises(CashTownError, match=r"run '2021' could be 2021-a2, 2021-a1$"):
        find.find_run(engine, "2021")
    for wanted in ("1999", ""):
        with pytest.raises(CashTownError, match=rf"no run '{wanted}'; it has 2022-b1, 2021-a2, 2021-a1$"):
            find.find_run(engine, wanted)


def test_decisions_by_first_letters_newest_run_first(engine: Engine) -> None:
    hits = find.find_decisions(engine, "abc")
    assert [(hit.run_id, hit.id) for hit in hits] == [
        ("2022-b1", "abc222"),
        ("2022-b1", "abc"),
        ("2021-a1", "abc111"),
        ("2021-a1", "abc222"),
    ]
    assert [hit.id for hit in find.find_decisions(engine, "d", "2021-a1")] == ["def333"]
    assert find.find_decisions(engine, "") == find.find_decisions(engine, "ABC") == []


def test_one_decision(engine: Engine) -> None:
    assert find.find_decision(engine, "def")[0] == "2021-a1"
    assert find.find_decision(engine, "abc2")[0] == "2022-b1"  # both runs have it: the newest one's
    assert find.find_decision(engine, "abc2", "2021-a1")[0] == "2021-a1"
    assert find.find_decision(engine, "abc")[1].id == "abc"  # a whole id, though others start so


def test_a_decision_that_is_not_one(engine: Engine, writer: LedgerWriter) -> None:
    with pytest.raises(CashTownError, match=r"could be abc111 \(2021-01-01 03:00 trend-following XBTUSDTM"):
        find.find_decision(engine, "abc", "2021-a1")
    with pytest.raises(CashTownError, match="run 2022-b1 holds no decision 'def'"):
        find.find_decision(engine, "def", "2022-b1")
    with pytest.raises(CashTownError, match="run 2022-b1 holds no decision 'def333'"):
        find.decision(engine, "2022-b1", "def333")
    writer.add(Batch("2021-a2", decisions=[samples.refusal(f"many{n}") for n in range(7)]))
    with pytest.raises(CashTownError, match=r"many4 \([^)]*\) and 2 more$") as error:
        find.find_decision(engine, "many")
    assert "\n" not in str(error.value)
