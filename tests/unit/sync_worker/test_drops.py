"""When what was put into a watched folder is complete, and which of it becomes one import."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.shared.ids import Kind, parts
from spindle.sync_worker.logic.drops import Drop, Print, import_of, patience, ready, wanted

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
OTHER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e70"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
THEN = int((NOW - timedelta(days=1)).timestamp()) * 10**9


def drop(name: str, size: int = 1, modified: int = THEN, changed: int = THEN, why_not: str | None = None) -> Drop:
    return Drop(name, (Print(name, size, modified, changed),), name.endswith(".json"), why_not)


@pytest.mark.parametrize(
    ("name", "folder", "expected"),
    [
        ("my_spotify_data.zip", False, True),
        ("MY.ZIP", False, True),
        ("endsong_0.json", False, True),
        ("MyData", True, True),
        ("notes.txt", False, False),
        ("my_spotify_data.zip.part", False, False),
        ("my_spotify_data.zip.crdownload", False, False),
        ("endsong_0.json.tmp", False, False),
        (".endsong_0.json", False, False),
        (".Trash", True, False),
        ("MyData.tmp", True, False),
        ("importing", True, False),
        ("imported", True, False),
        ("refused", True, False),
        ("imported.zip", False, True),
        ("my_spotify_data.zip.receipt.json", False, False),
    ],
)
def test_what_is_not_meant_to_be_imported_is_left_alone(name: str, folder: bool, expected: bool) -> None:
    assert wanted(name, folder) is expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([], [drop("a.zip")], [], id="just put there"),
        pytest.param([drop("a.zip")], [drop("a.zip")], ["a.zip"], id="unchanged"),
        pytest.param([drop("a.zip")], [drop("a.zip", size=2)], [], id="still growing"),
        pytest.param([drop("a.zip")], [drop("a.zip", modified=THEN + 1)], [], id="written again"),
        pytest.param([drop("a.zip")], [drop("a.zip", changed=THEN + 1)], [], id="put there again"),
        pytest.param([drop("a.zip"), drop("b.zip")], [drop("a.zip"), drop("b.zip")], ["a.zip"], id="a ZIP by itself"),
        pytest.param(
            [drop("a.json"), drop("b.json"), drop("c.zip")],
            [drop("a.json"), drop("b.json"), drop("c.zip")],
            ["a.json", "b.json"],
            id="loose files together",
        ),
        pytest.param(
            [drop("a.json"), drop("b.json")],
            [drop("a.json"), drop("b.json", size=9)],
            ["a.json"],
            id="of loose files those that are complete",
        ),
        pytest.param(
            [drop("a.zip", why_not="no"), drop("b.zip")],
            [drop("a.zip", why_not="no"), drop("b.zip")],
            ["b.zip"],
            id="past what cannot be imported",
        ),
    ],
)
def test_what_has_not_changed_for_two_looks_is_imported(
    before: list[Drop], now: list[Drop], expected: list[str]
) -> None:
    assert [each.name for each in ready(before, now)] == expected


def test_the_same_files_are_always_the_same_import() -> None:
    one, two = drop("a.json", size=3), drop("b.json", size=4)

    job = import_of(USER, (one, two), NOW)

    assert job == import_of(USER, (two, one), NOW + timedelta(days=3))
    assert parts(job) == (Kind.ARCHIVE, USER)
    assert int(job.rsplit(".", 1)[1][:12], 16) == THEN // 10**6, "it begins with the time of the newest file"


@pytest.mark.parametrize(
    "others",
    [
        (drop("a.json", size=4),),
        (drop("a.json", modified=THEN + 1),),
        (drop("a.json", changed=THEN + 1),),
        (drop("b.json"),),
        (drop("a.json"), drop("b.json")),
    ],
)
def test_other_files_are_another_import(others: tuple[Drop, ...]) -> None:
    assert import_of(USER, others, NOW) != import_of(USER, (drop("a.json"),), NOW)
    assert import_of(USER, others, NOW) != import_of(OTHER, others, NOW)


@pytest.mark.parametrize("modified", [-(10**18), 0, 10**19])
def test_a_file_of_no_sensible_time_has_an_import_too(modified: int) -> None:
    assert parts(import_of(USER, (drop("a.zip", modified=modified),), NOW)) == (Kind.ARCHIVE, USER)


def test_an_import_that_is_refused_is_asked_for_less_and_less_often() -> None:
    waits = [patience(refusals) for refusals in (*range(8), 10_000)]

    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=5)
    assert waits[-1] == timedelta(minutes=2)
