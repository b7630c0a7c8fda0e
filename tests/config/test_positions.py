"""A place inside an expression is right for every way to write a text in YAML."""

import pytest

from engine.config.positions import place_in_text
from engine.config.reading import read_yaml


def line_and_column_of(source: str, word: str) -> tuple[int, int]:
    document = read_yaml(source.encode(), "f.yaml")
    assert document.problems == ()
    value = document.data["key"]
    return place_in_text(document.text, document.places[("key",)], value, value.index(word))


@pytest.mark.parametrize(
    "source",
    [
        "key: close > here\n",
        "   \n# ü\nkey:    close > here # said\n",
        "key: 'close > here'\n",
        "key: 'it''s '' here'\n",
        'key: "close > here"\n',
        'key: "\\u00fc\\t\\x41 > here"\n',
        'key: "a \\\n  b > here"\n',
        "key: |\n  close >\n  here\n",
        "key: |2-\n  close > here\n",
        "key: >-\n  close >\n\n  and here\n",
        "key: > # why\n  close >\n  here\n",
        "key: close >\n  here\n",
        "key: 'close >\n\n  here'\n",
        "{key: größer > here}\n",
        "a: 1\r\nkey: >\r\n  close >\r\n  here\r\n",
    ],
)
def test_a_word_is_found_where_it_stands(source: str) -> None:
    before = source[: source.index("here")]
    expected = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert line_and_column_of(source, "here") == expected


def test_blanks_and_the_end_stand_beside_their_neighbours() -> None:
    source = "key: 'a  b'\n"
    document = read_yaml(source.encode(), "f.yaml")
    place = document.places[("key",)]
    columns = [place_in_text(source, place, "a  b", offset)[1] for offset in range(5)]
    assert columns == [7, 8, 9, 10, 11]
    empty = read_yaml(b"key: ''\n", "f.yaml")
    assert place_in_text(empty.text, empty.places[("key",)], "", 0) == (1, 6)
