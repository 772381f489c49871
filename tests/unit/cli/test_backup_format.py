"""The file of a backup says what is in it, and nothing else is taken for one."""

import gzip
import io
import tarfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spindle.cli.backups.format import Damaged, Manifest, NoBackup, Writer, pieces, verified

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
ABOUT = Manifest(
    spindle="0.1.0", created_at=AT, schema_revision="0001", columns={}, listeners=1, plays=2, with_bus=False
)


def written(**parts: bytes) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, AT)
    for name, content in parts.items():
        part = writer.part(name)
        for start in range(0, len(content), 1000):
            part.write(content[start : start + 1000])
        part.end(content.count(b"\n"))
    writer.finish(ABOUT)
    assert writer.written == len(out.getvalue())
    return out.getvalue()


def read(file: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, content in pieces(io.BytesIO(file)):
        found[name] = found.get(name, b"") + content
    return found


SMALL = written(plays=b"1,2\n3,4\n", tokens=b"{}\n")


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=5000), max_size=4))
def test_every_part_comes_back_as_it_was(parts: dict[str, bytes]) -> None:
    file = written(**parts)

    found = read(file)

    assert {name: found[name] for name in parts} == parts
    assert verified(io.BytesIO(file)).parts.keys() == parts.keys()


def test_a_large_part_is_cut_into_members_that_fit_into_memory() -> None:
    file = written(plays=b"x" * 9 * 2**20)

    with tarfile.open(fileobj=io.BytesIO(file)) as tar:
        members = tar.getmembers()

    assert [member.name for member in members] == [f"plays/{n:06}" for n in range(3)] + ["manifest.json"]
    assert max(member.size for member in members) < 4.1 * 2**20


@given(st.integers(0, len(SMALL) - 1))
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(NoBackup):
        verified(io.BytesIO(SMALL[:length]))


@settings(max_examples=300)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_a_byte_that_changed_is_noticed_unless_it_means_nothing(place: int, change: int) -> None:
    damaged = bytearray(SMALL)
    damaged[place] ^= change

    try:
        manifest = verified(io.BytesIO(bytes(damaged)))
    except NoBackup:
        return

    assert manifest == verified(io.BytesIO(SMALL))
    assert read(bytes(damaged)) == read(SMALL)


@pytest.mark.parametrize(
    "file",
    [b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"\0" * 10240)],
    ids=["empty", "text", "packed", "tar"],
)
def test_something_else_is_no_backup(file: bytes) -> None:
    with pytest.raises(NoBackup, match=r"no backup of Spindle|cut off or damaged"):
        verified(io.BytesIO(file))


def test_a_part_that_the_manifest_does_not_know_is_damage() -> None:
    out = io.BytesIO()
    writer = Writer(out, AT)
    writer.add("plays/000000", b"smuggled")
    writer.finish(ABOUT)

    with pytest.raises(Damaged, match="plays is not what it was"):
        verified(io.BytesIO(out.getvalue()))


def test_a_format_of_the_future_is_refused_by_name() -> None:
    out = io.BytesIO()
    Writer(out, AT).finish(ABOUT.model_copy(update={"format": 2}))

    with pytest.raises(NoBackup, match="has format 2, and this Spindle reads 1"):
        verified(io.BytesIO(out.getvalue()))
