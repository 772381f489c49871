"""A watched folder on the disk: each file is in exactly one place, also when its process is killed at any line."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from spindle.sync_worker.archive import folder as module
from spindle.sync_worker.archive.folder import Folder, alone, folders
from spindle.sync_worker.logic.drops import IMPORTED, ready

UPLOADS = [f"{number:032x}" for number in range(1, 10)]
FILES = ("a.json", "b.json", "my_spotify_data.zip", "MyData/endsong_0.json", "MyData/Payments.json")


@pytest.fixture
def here(tmp_path: Path) -> Folder:
    for name in FILES:
        put(tmp_path / "ada" / name)
    (found,) = folders(tmp_path)
    assert found.name == "ada"
    return found


def put(path: Path, body: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body or path.name)


def everything(root: Path) -> dict[str, str]:
    return {each.relative_to(root).as_posix(): each.read_text() for each in root.rglob("*") if each.is_file()}


def test_each_import_passes_through_and_lies_beside_its_receipt_at_the_end(here: Folder, tmp_path: Path) -> None:
    handed = [import_next(here, upload) for upload in UPLOADS[:4]]

    assert handed == [["a.json", "b.json"], ["MyData/endsong_0.json"], ["my_spotify_data.zip"], []]
    assert everything(tmp_path / "ada" / IMPORTED) == {
        "a.json": "a.json",
        "a.json.receipt.json": UPLOADS[0],
        "b.json": "b.json",
        "b.json.receipt.json": UPLOADS[0],
        "MyData/endsong_0.json": "endsong_0.json",
        "MyData/Payments.json": "Payments.json",
        "MyData.receipt.json": UPLOADS[1],
        "my_spotify_data.zip": "my_spotify_data.zip",
        "my_spotify_data.zip.receipt.json": UPLOADS[2],
    }
    assert [each.name for each in (tmp_path / "ada").iterdir()] == [IMPORTED]


def test_a_file_of_the_same_name_overwrites_nothing(here: Folder, tmp_path: Path) -> None:
    for upload in UPLOADS[:3]:
        import_next(here, upload)
    put(tmp_path / "ada" / "my_spotify_data.zip", "a year later")

    import_next(here, UPLOADS[3])

    shelf = everything(tmp_path / "ada" / IMPORTED)
    assert shelf["my_spotify_data.zip"] == "my_spotify_data.zip"
    assert shelf["my_spotify_data.zip.receipt.json"] == UPLOADS[2]
    assert shelf["my_spotify_data (2).zip"] == "a year later"
    assert shelf["my_spotify_data (2).zip.receipt.json"] == UPLOADS[3]


def test_killed_at_any_line_it_loses_nothing_and_imports_nothing_twice(tmp_path: Path) -> None:
    line, died = 0, True
    while died:
        line += 1
        root = tmp_path / str(line)
        for name in FILES:
            put(root / "ada" / name)
        handed: dict[str, list[str]] = {}

        died = killed_at(line, partial(import_all, root, handed, UPLOADS[:4]))
        import_all(root, handed, UPLOADS[4:])

        shelf = everything(root / "ada" / IMPORTED)
        assert {name for name in shelf if not name.endswith(".receipt.json")} == set(FILES), line
        assert {shelf[f"{name}.receipt.json"] for name in ("a.json", "b.json")} <= set(UPLOADS)
        assert {"MyData.receipt.json", "my_spotify_data.zip.receipt.json"} < set(shelf)
        assert not [name for name in shelf if " (" in name], line
        names = sorted(name for upload in handed.values() for name in upload)
        assert names == ["MyData/endsong_0.json", "a.json", "b.json", "my_spotify_data.zip"], line
        assert not [name for name in everything(root / "ada") if not name.startswith(IMPORTED)], line
    assert line > 100


def test_two_who_look_at_the_same_time_share_the_files_without_quarrel(here: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "ada")
    seen = here.look()
    drops = ready(seen, seen)

    here.claim(UPLOADS[0], drops)
    other.claim(UPLOADS[0], drops)

    assert [name for name, _ in other.files(UPLOADS[0])] == ["a.json", "b.json"]
    here.shelve(UPLOADS[0], IMPORTED, "{}")
    assert other.claimed() is None


def test_one_looks_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path) as mine, alone(tmp_path) as theirs:
        assert (mine, theirs) == (True, False)
    with alone(tmp_path) as again:
        assert again


def test_what_cannot_be_imported_says_why_and_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "ada" / "pictures" / "one.png")
    put(tmp_path / "secret.json")
    (tmp_path / "ada" / "link.json").symlink_to(tmp_path / "secret.json")
    os.mkfifo(tmp_path / "ada" / "pipe.json")

    (only,) = Folder(tmp_path / "ada").look()

    assert only.name == "pictures"
    assert only.why_not
    assert "no ZIP" in only.why_not


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_or_moved_stands_in_nobodys_way(here: Folder, tmp_path: Path) -> None:
    for name, mode in (("a.json", 0o000), ("MyData", 0o555)):
        (tmp_path / "ada" / name).chmod(mode)

    seen = here.look()

    assert {each.name for each in seen if each.why_not} == {"a.json", "MyData"}
    assert [each.name for each in ready(seen, seen)] == ["b.json"]
    (tmp_path / "ada" / "MyData").chmod(0o755)


def test_what_systems_hide_in_folders_keeps_nothing_from_ending(here: Folder, tmp_path: Path) -> None:
    seen = here.look()
    here.claim(UPLOADS[0], ready(seen, seen))
    put(tmp_path / "ada" / "importing" / ".DS_Store")
    put(tmp_path / "ada" / "importing" / UPLOADS[0] / ".DS_Store")

    assert [name for name, _ in here.files(UPLOADS[0])] == ["a.json", "b.json"]
    here.shelve(UPLOADS[0], IMPORTED, "{}")

    assert here.claimed() is None
    assert set(everything(tmp_path / "ada" / IMPORTED)) == {
        "a.json",
        "a.json.receipt.json",
        "b.json",
        "b.json.receipt.json",
    }


def import_next(here: Folder, upload: str, handed: dict[str, list[str]] | None = None) -> list[str]:
    """As whoever watches does it. What is handed over twice under one number is imported once."""
    claimed = here.claimed()
    if claimed is None:
        seen = here.look()
        if not (drops := ready(seen, seen)):
            return []
        here.claim(claimed := upload, drops)
    names = [name for name, _ in here.files(claimed)]
    if not names:
        here.leave(claimed)
        return []
    if handed is not None:
        names = handed.setdefault(claimed, names)
    here.shelve(claimed, IMPORTED, claimed)
    return names


def import_all(root: Path, handed: dict[str, list[str]], uploads: list[str]) -> None:
    for upload in uploads:
        import_next(Folder(root / "ada"), upload, handed)


class Killed(BaseException):
    pass


def killed_at(line: int, work: Callable[[], None]) -> bool:
    """Whether the work got as far as to this line of the module's, counted as they are done, and no further."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal left
        if frame.f_code.co_filename != module.__file__:
            return None
        left -= event == "line"
        if not left and event == "line":
            raise Killed
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    except Killed:
        return True
    finally:
        sys.settrace(None)
    return False
