"""The file of a backup says what is in it, and nothing else is taken for one."""

import gc
import gzip
import io
import tarfile
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spindle.cli.backups.format import Damaged, Manifest, NoBackup, Unwritten, Writer
from spindle.cli.backups.reading import pieces
from spindle.cli.backups.verifying import verified

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
ABOUT = Manifest(
    spindle="0.1.0",
    created_at=AT,
    schema_revision="0001",
    columns={"plays": ["n"]},
    listeners=1,
    plays=2,
    with_bus=False,
)


def written(**parts: bytes) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, AT)
    for name, content in parts.items():
        part = writer.part(f"tables/{name}.csv")
        for start in range(0, len(content), 1000):
            part.write(content[start : start + 1000])
        part.end(content.count(b"\n"))
    writer.finish(ABOUT.model_copy(update={"columns": {name: ["n"] for name in parts}}))
    assert writer.written == len(out.getvalue())
    return out.getvalue()


def single(name: str, content: bytes, rows: int, with_bus: bool = False) -> io.BytesIO:
    """A backup that a stranger has made, with one part."""
    out = io.BytesIO()
    writer = Writer(out, AT)
    part = writer.part(name)
    part.write(content)
    part.end(rows)
    writer.finish(ABOUT.model_copy(update={"with_bus": with_bus}))
    return io.BytesIO(out.getvalue())


def read(file: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, content in pieces(io.BytesIO(file)):
        found[name] = found.get(name, b"") + content
    return found


def unquoted(content: bytes) -> bytes:
    return content.replace(b'"', b"")


SMALL = written(plays=b"1,2\n3,4\n", tokens=b"{}\n")


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=5000).map(unquoted), max_size=4)
)
def test_every_part_comes_back_as_it_was(parts: dict[str, bytes]) -> None:
    file = written(**parts)

    found = read(file)

    assert {name: found[f"tables/{name}.csv"] for name in parts} == parts
    assert verified(io.BytesIO(file)).parts.keys() == {f"tables/{name}.csv" for name in parts}


def test_a_large_part_is_cut_into_members_that_fit_into_memory() -> None:
    file = written(plays=b"x" * 9 * 2**20)

    with tarfile.open(fileobj=io.BytesIO(file)) as tar:
        members = tar.getmembers()

    assert [member.name for member in members] == [f"tables/plays.csv/{n:06}" for n in range(3)] + ["manifest.json"]
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
    writer.add("tables/plays.csv/000000", b"smuggled")
    writer.finish(ABOUT)

    with pytest.raises(Damaged, match=r"tables/plays.csv is not what it was"):
        verified(io.BytesIO(out.getvalue()))


def test_a_format_of_the_future_is_refused_by_name() -> None:
    out = io.BytesIO()
    Writer(out, AT).finish(ABOUT.model_copy(update={"format": 2}))

    with pytest.raises(NoBackup, match="has format 2, and this Spindle reads 1"):
        verified(io.BytesIO(out.getvalue()))


@pytest.mark.parametrize(
    ("name", "content", "rows", "why"),
    [
        ("tables/plays.csv", b"1\n2\n", 3, "tables/plays.csv is not what it was"),
        ("tables/other.csv", b"1\n", 1, "does not know the columns of other"),
        ("../../etc/passwd", b"1\n", 1, "no backup has a part"),
        ("secret.key", b"\xff", 1, "secret.key is no text"),
        ("settings.json", b"x" * 2**21, 1, "settings.json is too large"),
        ("facts.jsonl", b"{}\n", 1, "a line of facts.jsonl cannot be read"),
        ("facts.jsonl", b'{"on":"control.pause","body":""}\n', 1, "a line of facts.jsonl belongs elsewhere"),
        ("tokens.jsonl", b'{"on":">","body":""}\n', 1, "a line of tokens.jsonl belongs elsewhere"),
        ("tokens.jsonl", b"x" * 17 * 2**20, 1, "a line has no end|no backup of Spindle"),
        ("tokens.jsonl", b'{"on":"a","body":""}\n', 1, "something else about tokens"),
    ],
)
def test_what_could_not_be_restored_is_refused_before(name: str, content: bytes, rows: int, why: str) -> None:
    with pytest.raises(NoBackup, match=why):
        verified(single(name, content, rows))


def test_ends_of_lines_within_quotes_are_no_rows() -> None:
    content = b'1,"a\nb""\nc"\n' * 10**6  # several members, cut anywhere

    assert verified(single("tables/plays.csv", content, 10**6)).parts["tables/plays.csv"].rows == 10**6


def test_a_control_that_no_stream_has_counted_to_is_refused() -> None:
    out = io.BytesIO()
    Writer(out, AT).finish(ABOUT.model_copy(update={"control": 2**64 - 1}))

    with pytest.raises(Damaged, match="its manifest cannot be read"):
        verified(io.BytesIO(out.getvalue()))


def test_a_header_cannot_ask_for_memory() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("x" * 30 * 2**20))

    tracemalloc.start()
    with pytest.raises(NoBackup):
        verified(io.BytesIO(out.getvalue()))

    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_bomb_after_the_end_does_not_go_off() -> None:
    with pytest.raises(Damaged, match="something follows its end"):
        verified(io.BytesIO(gzip.compress(gzip.decompress(SMALL) + b"\0" * 10**6)))


def test_a_header_of_nonsense_is_damage() -> None:
    tar = bytearray(gzip.decompress(SMALL))
    tar[0] = 0xFF  # no text
    head = tar[:148] + b" " * 8 + tar[156:512]
    tar[148:156] = b"%06o\0 " % sum(head)

    with pytest.raises(Damaged):
        verified(io.BytesIO(gzip.compress(bytes(tar))))


@pytest.mark.filterwarnings("error")
def test_a_full_disk_is_told_as_such_and_once() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(Unwritten, match="No space left on device"):
        Writer(full, AT)

    gc.collect()  # what the compressor still has it may drop


@pytest.mark.filterwarnings("error")
def test_what_is_given_up_does_not_write_on() -> None:
    out = io.BytesIO()
    with Writer(out, AT) as writer:
        writer.part("tables/plays.csv").write(bytes(5 * 2**20))
    out.close()

    del writer
    gc.collect()
