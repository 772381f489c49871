"""Rows come out of a JSON array whatever pieces it is read in, and a bad one costs itself and not its neighbours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spindle.shared.spotify.exports import BadRow, Row
from spindle.sync_worker.archive.errors import ArchiveError, Damaged, NotAnArchive
from spindle.sync_worker.archive.rows import LONGEST_ROW, rows

TEXT = st.text(st.sampled_from('ab {}[],:"\\\n\té夜🎹'), max_size=12)
ROW = st.fixed_dictionaries(
    {"ts": TEXT, "platform": TEXT, "ms_played": st.integers(0, 10**9), "skipped": st.none() | st.booleans()}
)
MORE = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=3)
"""What is not read, and can stand in a row all the same."""
ROWS = st.lists(st.builds(lambda row, more: more | row, ROW, MORE), max_size=8)


TRICKY = {"ts": "", "platform": "", "ms_played": 0, "skipped": None}


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 2**20) -> list[Any]:
    """The rows as far as they are known, the reason of a bad one, and the error's type where it ends with one."""
    found: list[Any] = []
    try:
        found.extend(each.why if isinstance(each, BadRow) else each for each in rows(pieces(data, size)))
    except ArchiveError as error:
        found.append(type(error))
    return found


def known(given_rows: list[dict[str, Any]]) -> list[Row]:
    return [Row(**{name: row[name] for name in ("ts", "platform", "ms_played", "skipped")}) for row in given_rows]


@given(ROWS, st.sampled_from([None, 2]), st.booleans(), st.integers(1, 40))
@example([TRICKY | {"ts": "},{"}, TRICKY | {"platform": '"]'}], None, False, 3)
def test_every_row_comes_once_and_in_order_whatever_the_pieces(
    given_rows: list[dict[str, Any]], indent: int | None, ascii_only: bool, size: int
) -> None:
    data = json.dumps(given_rows, indent=indent, ensure_ascii=ascii_only).encode()

    assert read(b"\xef\xbb\xbf" + data + b"\n", size) == known(given_rows)


@given(ROWS.filter(bool), st.data())
def test_a_file_that_is_cut_off_keeps_the_rows_before(given_rows: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = json.dumps(given_rows).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]

    found = [row for row in read(cut) if isinstance(row, Row)]

    assert found == known(given_rows)[: len(found)]
    assert read(cut)[-1] is Damaged


@given(st.binary(max_size=300), st.integers(1, 50))
def test_nothing_breaks_it(data: bytes, size: int) -> None:
    read(data, size)
    read(b"[" + data, size)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [NotAnArchive]),
        (b"{}", [NotAnArchive]),
        (b"null", [NotAnArchive]),
        (b"[]", []),
        (b"[", [Damaged]),
        (b'[{"ts":"1"},{"ts":},{"ts":"3"}]', [Row("1"), "no JSON", Row("3")]),
        (b'[{"ts":"1"},{"ts":2},{"ts":"3"}]', [Row("1"), "ts: not a text", Row("3")]),
        (b'[{"ts":"1"} nonsense {"ts":"2"}]', [Row("1"), "no JSON", Row("2")]),
        (b'[{"ts":"1"},{"ts":"2', [Row("1"), "a row that is cut off", Damaged]),
        (b'[1,"x",null,[2],{"a":{"b":1}}]', ["no object", "no object", "no object", "no object", Row()]),
        (b'[{"ts":"1"},{"ts":"\xff"},{"ts":"3"}]', [Row("1"), "no JSON", Row("3")]),
    ],
    ids=repr,
)
def test_what_is_no_row_is_told_from_what_is(data: bytes, found: list[Any]) -> None:
    assert read(data) == found
    assert read(data, 3) == found


@pytest.mark.parametrize(
    "evil",
    [
        b'[{"' + b"a" * 3 * LONGEST_ROW,
        b"[" + b"{" * 3 * LONGEST_ROW,
        b"[" + b'{"' * LONGEST_ROW,
        b"[" * 2 * LONGEST_ROW,
    ],
    ids=["endless text", "braces", "open rows", "brackets"],
)
def test_what_never_ends_is_given_up_soon(evil: bytes) -> None:
    assert read(evil, 65536) == [Damaged]


def test_what_is_nested_too_deep_costs_no_other_row() -> None:
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert read(b'[{"ts":"1"},' + deep + b',{"ts":"3"}]') == [Row("1"), "no JSON", Row("3")]


def test_a_file_of_nothing_but_wrecks_is_given_up() -> None:
    assert read(b"[" + b"x{}" * 5000 + b"]")[-1] is Damaged
