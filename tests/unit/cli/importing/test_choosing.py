"""Which files `import` sends, and what it says of those that cannot be ones of a history."""

import os
import zipfile
from pathlib import Path

import pytest

from spindle.cli.importing.choosing import chosen
from spindle.people.errors import Problem

AUDIO = "Streaming_History_Audio_2021-2024_0.json"


def write(path: Path, text: str = "[]") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(AUDIO, "[]")
    return path


def test_a_zip_and_a_json_file_of_any_name_are_sent_in_the_order_typed(tmp_path: Path) -> None:
    typed = [write(tmp_path / "renamed.json", " \n[{}]"), zipped(tmp_path / "my_spotify_data.zip")]

    found = chosen(typed)

    assert [each.name for each in found] == ["renamed.json", "my_spotify_data.zip"]
    assert [each.size for each in found] == [path.stat().st_size for path in typed]


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / AUDIO
    file.write_bytes(b"\xef\xbb\xbf[]")

    assert [each.path for each in chosen([file])] == [file]


def test_of_a_folder_only_the_history_and_zips_are_sent(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name in (f"deep/{AUDIO}", "endsong_0.json", "Payments.json", "Userdata.json", f"__MACOSX/._{AUDIO}", "a.pdf"):
        write(folder / name)
    zipped(folder / "other.zip")

    found = chosen([folder])

    assert sorted(each.name for each in found) == [f"data/deep/{AUDIO}", "data/endsong_0.json", "data/other.zip"]


def test_a_file_that_is_named_twice_is_sent_once(tmp_path: Path) -> None:
    file = write(tmp_path / "data" / AUDIO)

    assert len(chosen([file.parent, file, tmp_path / "data" / ".." / "data" / AUDIO])) == 1


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    files = [write(tmp_path / folder / AUDIO) for folder in ("old", "new")]

    assert [each.name for each in chosen(files)] == [str(file) for file in files]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.zip", b"[1, 2]", "is not a ZIP"),
        ("a.zip", b"PK\x03\x04 and no end", "is cut off"),
        ("a.zip", b"", "is empty"),
        ("a.json", b" \n", "is empty"),
        ("a.json", b'{"not": "a list"}', "is neither a ZIP nor a JSON file of a listening history"),
        ("a.pdf", b"%PDF-1.7", "is neither a ZIP nor a JSON file of a listening history"),
        ("a.bin", b"\xff\xfe\x00", "is neither a ZIP nor a JSON file of a listening history"),
    ],
)
def test_what_is_no_history_is_told_in_a_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(Problem, match=f"{name} {said}"):
        chosen([tmp_path / name])


def test_a_folder_without_a_history_says_so(tmp_path: Path) -> None:
    write(tmp_path / "Playlist1.json")

    with pytest.raises(Problem, match="holds no ZIP, and no JSON file that is called as Spotify calls"):
        chosen([tmp_path])


def test_what_is_not_there_and_what_is_no_file_are_told_as_such(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(FileNotFoundError):
        chosen([tmp_path / "missing.zip"])
    with pytest.raises(Problem, match="neither a file nor a folder"):
        chosen([tmp_path / "pipe"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    file = write(tmp_path / AUDIO)
    file.chmod(0)

    for typed in (file, tmp_path):
        with pytest.raises(PermissionError):
            chosen([typed])
