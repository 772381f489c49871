"""A file in pieces reads as the file does, and holds few of them at a time."""

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.sync_worker.archive.errors import Gone
from spindle.sync_worker.archive.pieces import opened

WHENCE = (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END)


@given(
    st.binary(max_size=300),
    st.integers(1, 50),
    st.lists(st.tuples(st.sampled_from(WHENCE), st.integers(-350, 350), st.integers(-1, 350)), max_size=20),
)
def test_it_reads_as_the_file_itself(data: bytes, size: int, moves: list[tuple[int, int, int]]) -> None:
    theirs = io.BytesIO(data)
    ours = opened(len(data), size, lambda number: data[number * size : (number + 1) * size])

    for whence, offset, count in moves:
        to = {io.SEEK_SET: 0, io.SEEK_CUR: theirs.tell(), io.SEEK_END: len(data)}[whence] + offset
        if to < 0:
            with pytest.raises(OSError, match="before the beginning"):
                ours.seek(offset, whence)
            continue
        assert ours.seek(offset, whence) == theirs.seek(to)
        assert ours.read(count) == theirs.read(count)
        assert ours.tell() == theirs.tell()


def test_a_zip_is_read_from_front_to_back_with_each_piece_fetched_about_once() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}", random.Random(number).randbytes(50_000))
    data, size = out.getvalue(), 100_000
    fetched: list[int] = []

    def fetch(number: int) -> bytes:
        fetched.append(number)
        return data[number * size : (number + 1) * size]

    with zipfile.ZipFile(opened(len(data), size, fetch)) as archive:
        assert [len(archive.read(name)) for name in archive.namelist()] == [50_000] * 20

    assert set(fetched) == set(range(11))
    assert len(fetched) <= 13


@pytest.mark.parametrize("piece", [None, b"", b"x" * 9, b"x" * 11], ids=["missing", "empty", "short", "long"])
def test_a_piece_that_is_not_there_as_it_should_be_is_told(piece: bytes | None) -> None:
    file = opened(20, 10, lambda number: piece if number else b"x" * 10)

    assert file.read(10) == b"x" * 10
    with pytest.raises(Gone):
        file.read(10)
