"""What people hand over is opened with care: nothing is believed or written, and every refusal has a reason."""

import io
import struct
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest

from spindle.sync_worker.archive.errors import ArchiveError, Damaged, NotAnArchive, TooLarge
from spindle.sync_worker.archive.members import Allowance, Member, Refused, label, members
from spindle.sync_worker.logic.files import Package, package_of

AUDIO = "Spotify Extended Streaming History/Streaming_History_Audio_2021-2024_3.json"
MIB = 2**20


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def read(upload: bytes, limit: int = 100 * MIB) -> list[Any]:
    """Name and bytes of what is read, name and reason of what is refused, and the error that ended it."""
    found: list[Any] = []
    try:
        for each in members(io.BytesIO(upload), "upload", Allowance(limit)):
            if isinstance(each, Refused):
                found.append((each.name, each.why))
            else:
                found.append((each.name, _size(each)))
    except ArchiveError as error:
        found.append(type(error))
    return found


def _size(member: Member) -> int | type[ArchiveError]:
    try:
        return sum(map(len, member.pieces))
    except Damaged as error:
        return type(error)


def flagged(upload: bytes, bit: int) -> bytes:
    """With a flag set in every header of a file, which is how an encrypted one looks."""
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = upload.split(magic)
        upload = magic.join([parts[0], *(_flagged(part, offset - 4, bit) for part in parts[1:])])
    return upload


def _flagged(part: bytes, offset: int, bit: int) -> bytes:
    (flags,) = struct.unpack_from("<H", part, offset)
    return part[:offset] + struct.pack("<H", flags | bit) + part[offset + 2 :]


def test_the_files_of_a_history_are_read_and_the_others_are_left() -> None:
    upload = packed(
        ("MyData/", b""),
        (AUDIO, b"[1]"),
        ("__MACOSX/MyData/._endsong_0.json", b"\0"),
        ("MyData/._endsong_0.json", b"\0"),
        ("a/b/c/endsong_0.json", b"[]"),
        ("MyData/Playlist1.json", b"{}"),
        ("MyData/ReadMeFirst_ExtendedStreamingHistory.pdf", b"%PDF"),
        ("StreamingHistory_music_0.json.json", b"[1,2]"),
    )

    assert read(upload) == [(AUDIO, 3), ("a/b/c/endsong_0.json", 2), ("StreamingHistory_music_0.json.json", 5)]


def test_a_single_file_is_read_whatever_its_name() -> None:
    assert read(b"[{}]") == [("upload", 4)]


@pytest.mark.parametrize(
    "name", ["../endsong_0.json", "/etc/endsong_0.json", "a/../../endsong_1.json", "C:/endsong.json"]
)
def test_a_name_that_points_outside_is_refused_and_the_others_are_read(name: str) -> None:
    found = read(packed((name, b"[]"), ("endsong_9.json", b"[]")))

    assert found == [(name, "its name points outside of the ZIP"), ("endsong_9.json", 2)]


def test_what_really_comes_out_counts_and_not_what_the_header_says() -> None:
    bomb = packed(("endsong_0.json", b"[" + b" " * 50 * MIB), ("endsong_1.json", b"[]"))
    lying = bomb.replace(struct.pack("<I", 50 * MIB + 1), struct.pack("<I", 10))

    assert read(bomb, limit=10 * MIB)[-1] is TooLarge
    assert read(lying, limit=10 * MIB)[0] in [("endsong_0.json", Damaged), TooLarge]


def test_too_many_files_are_refused() -> None:
    upload = packed(*((f"{number}.txt", b"") for number in range(10_001)), method=zipfile.ZIP_STORED)

    assert read(upload) == [TooLarge]


@pytest.mark.parametrize(
    ("upload", "found"),
    [
        (packed(("a.txt", b"")), [NotAnArchive]),
        (packed(("endsong_0.json", b"[]"))[:40], [Damaged]),
        (packed(("endsong_0.json", b"[]"), method=zipfile.ZIP_BZIP2), [("endsong_0.json", "it is packed in a way")]),
        (packed(("endsong_0.json", b"[]"), method=zipfile.ZIP_LZMA), [("endsong_0.json", "it is packed in a way")]),
        (packed(("data.zip", packed(("endsong_0.json", b"[]")))), [("data.zip", "a ZIP within the ZIP")]),
        (flagged(packed(("endsong_0.json", b"[]")), 0x1), [("endsong_0.json", "it is encrypted")]),
    ],
    ids=["nothing of ours", "cut off", "bzip2", "lzma", "nested", "encrypted"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(upload: bytes, found: Iterable[Any]) -> None:
    for got, wanted in zip(read(upload), found, strict=True):
        if isinstance(wanted, tuple):
            assert got[0] == wanted[0]
            assert got[1].startswith(wanted[1])
        else:
            assert got is wanted


def test_a_list_of_files_without_an_end_is_not_even_read() -> None:
    entry = packed(("a", b""), method=zipfile.ZIP_STORED)
    start = entry.index(b"PK\x01\x02")
    directory = entry[start : entry.index(b"PK\x05\x06")] * 100_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), start, 0)

    assert read(entry[:start] + directory + end) == [TooLarge]


@pytest.mark.parametrize("what", [b"\x14", b"\x01"], ids=["version", "extra"])
def test_a_list_of_files_that_makes_no_sense_is_damaged(what: bytes) -> None:
    upload = bytearray(packed(("endsong_0.json", b"[]")))
    upload[upload.index(b"PK\x01\x02") + 6 if what == b"\x14" else upload.index(b"PK\x05\x06") + 12] = 0xFF

    assert read(bytes(upload)) == [Damaged]


def test_an_entry_without_a_name_is_no_file_of_a_history() -> None:
    upload = packed(("nameless", b""), ("endsong_0.json", b"[]")).replace(b"nameless", b"\0ameless")

    assert zipfile.ZipFile(io.BytesIO(upload)).namelist() == ["", "endsong_0.json"]
    assert read(upload) == [("endsong_0.json", 2)]


def test_a_damaged_file_ends_with_an_error_and_leaves_the_next_one_alone() -> None:
    upload = bytearray(packed(("endsong_0.json", bytes(range(256)) * 4096), ("endsong_1.json", b"[]")))
    upload[2000:2010] = b"0123456789"

    assert read(bytes(upload)) == [("endsong_0.json", Damaged), ("endsong_1.json", 2)]


def test_the_same_name_twice_is_read_twice() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        upload = packed(("endsong_0.json", b"[1]"), ("endsong_0.json", b"[1,2]"))

    assert read(upload) == [("endsong_0.json", 3), ("endsong_0.json", 5)]


def test_a_label_shows_no_control_characters_and_has_an_end() -> None:
    assert (
        label("a\x1b[31m\n夜\u202e")
        == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}夜\N{REPLACEMENT CHARACTER}"
    )
    assert len(label("x" * 1000)) == 200


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("endsong_0.json", Package.AUDIO),
        ("MyData/endsong.json", Package.AUDIO),
        ("endvideo_3.json", Package.VIDEO),
        ("Streaming_History_Audio_2021-2024.json", Package.AUDIO),
        ("Streaming_History_Audio_2024_6 (1).json", Package.AUDIO),
        ("Streaming_History_Video_2020-2025.json", Package.VIDEO),
        ("StreamingHistory0.json", Package.ACCOUNT),
        ("StreamingHistory_music_12.json.json", Package.ACCOUNT),
        ("StreamingHistory_podcast_0.json", Package.ACCOUNT),
        ("StreamingHistory_audiobook_0.json", Package.ACCOUNT),
        ("SearchQueries.json", None),
        ("YourLibrary.json", None),
        ("endsong_0.txt", None),
    ],
)
def test_a_file_is_known_by_its_name(name: str, package: Package | None) -> None:
    assert package_of(name) is package
