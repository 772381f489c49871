"""Rows come out of a JSON array whatever pieces it is read in, and a bad one costs itself and not its neighbours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spindle.sync_worker.archive.errors import ArchiveError, Damaged, NotAnArchive
from spindle.sync_worker.archive.rows import LONGEST_ROW, Wreck, rows

TEXT = st.text(st.sampled_from('ab {}[],:"\\\n\té夜🎹'), max_size=12)
ROW = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=4)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 2**20) -> list[Any]:
    """The parsed rows, None for a wreck, and the error's type where it ends with one."""
    found: list[Any] = []
    try:
        found.extend(None if isinstance(each, Wreck) else _parsed(each) for each in rows(pieces(data, size)))
    except ArchiveError as error:
        found.append(type(error))
    return found


def _parsed(row: bytes) -> Any:
    try:
        return json.loads(row)
    except ValueError:
        return "unreadable"


@given(st.lists(ROW, max_size=8), st.sampled_from([None, 2]), st.booleans(), st.integers(1, 40))
@example([{"t": "},{"}, {"t": '"]'}], None, False, 3)
def test_every_row_comes_once_and_in_order_whatever_the_pieces(
    given_rows: list[dict[str, Any]], indent: int | None, ascii_only: bool, size: int
) -> None:
    data = json.dumps(given_rows, indent=indent, ensure_ascii=ascii_only).encode()

    assert read(b"\xef\xbb\xbf" + data + b"\n", size) == given_rows


@given(st.lists(ROW, min_size=1, max_size=8), st.data())
def test_a_file_that_is_cut_off_keeps_the_rows_before(given_rows: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = json.dumps(given_rows).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]

    found = [row for row in read(cut) if isinstance(row, dict)]

    assert found == given_rows[: len(found)]
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
        (b'[{"a":1},{"b":},{"c":3}]', [{"a": 1}, "unreadable", {"c": 3}]),
        (b'[{"a":1} nonsense {"b":2}]', [{"a": 1}, None, {"b": 2}]),
        (b'[{"a":1},{"b":2', [{"a": 1}, None, Damaged]),
        (b'[1,"x",null,[2],{"a":{"b":1}}]', [1, "x", None, [2], {"a": {"b": 1}}]),
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


def test_a_file_of_nothing_but_wrecks_is_given_up() -> None:
    assert read(b"[" + b"x{}" * 5000 + b"]")[-1] is Damaged
