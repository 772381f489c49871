"""Receipts for programs and for people: every row in one bucket, and what to do next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spindle.cli.importing import tables
from spindle.people import receipts as shapes
from spindle.shared.messages.ask import ImportFile, ImportRow, RejectRow
from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Status

ADA = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
JOB = f"archive.{ADA}.01a80c5e7e007d1e8b6a5c4d3e2f1a0b"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MUSIC = ImportFile(name="Streaming_History_Audio_2021.json", rows=900, buckets=Buckets(new=700, merged=100, short=100))
VIDEO = ImportFile(
    name="Streaming_History_Video_2021.json", rows=100, buckets=Buckets(video=98, invalid=2), error="it is cut off"
)


def row(**more: Any) -> ImportRow:
    told: dict[str, Any] = {
        "job": JOB,
        "user": ADA,
        "name": "ada",
        "status": Status.SUCCESS,
        "error": None,
        "dry_run": False,
        "started_at": NOON,
        "finished_at": NOON + timedelta(seconds=0.5),
        "revoked_at": None,
        "undone_at": None,
        "rows": 1000,
        "buckets": Buckets(new=700, merged=100, short=100, video=98, invalid=2),
        "file_count": 2,
        "files": (MUSIC, VIDEO),
        "earliest": datetime(2021, 1, 1, tzinfo=UTC),
        "latest": datetime(2021, 12, 31, 12, tzinfo=UTC),
    }
    return ImportRow(**{**told, **more})


def test_the_receipt_for_programs_has_the_documented_shape() -> None:
    told = shapes.receipt(row())

    assert {name: told[name] for name in ("import", "status", "rows", "earliest", "latest", "seconds")} == {
        "import": JOB,
        "status": "success",
        "rows": 1000,
        "earliest": "2021-01-01T00:00:00.000Z",
        "latest": "2021-12-31T12:00:00.000Z",
        "seconds": 0.5,
    }
    buckets = {"new": 700, "merged": 100, "duplicate": 0, "short": 100, "podcast": 0}
    assert told["buckets"] == {**buckets, "audiobook": 0, "video": 98, "no_track": 0, "invalid": 2}
    assert [set(each) for each in told["files"]] == [{"name", "rows", "buckets", "error"}] * 2
    assert {"user", "name", "error", "dry_run", "started_at", "finished_at", "undone_at"} <= set(told)


def test_an_import_that_runs_has_no_duration_yet() -> None:
    assert shapes.told(row(status=Status.RUNNING, finished_at=None))["seconds"] is None


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def text(of: ImportRow) -> list[str]:
        tables.show_receipt(of)
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return text


def test_the_receipt_for_people_has_a_column_for_each_bucket_that_occurs(said: Any) -> None:
    told = said(row(status=Status.PARTIAL, error="Streaming_History_Video_2021.json: it is cut off"))

    assert told == [
        "The import for ada is complete, but for what could not be read: 1,000 rows in 0.5 s (2,000 rows/s).",
        "file rows new merged short video invalid",
        "Streaming_History_Audio_2021.json 900 700 100 100 0 0",
        "Streaming_History_Video_2021.json 100 0 0 0 98 2",
        "all 1,000 700 100 100 98 2",
        "(merged: a poll had seen it; short: new, and shorter than 30 s)",
        "Plays from 2021-01-01 to 2021-12-31.",
        "Streaming_History_Video_2021.json: it is cut off",
        told[-2],
        told[-1],
    ]
    assert "receipt 3e2f1a0b --rejected` lists which and why" in told[-2]
    assert "undo 3e2f1a0b` takes back what it brought" in told[-1]


def test_a_single_file_needs_no_sum(said: Any) -> None:
    told = said(row(rows=900, buckets=MUSIC.buckets, files=(MUSIC,), file_count=1))

    assert not any(line.startswith("all ") for line in told)


def test_folders_are_left_out_where_the_name_alone_says_which_file_it_is(said: Any) -> None:
    names = ("MyData/endsong_0.json", "MyData/endsong_1.json", "old/endsong_1.json")

    told = said(row(files=tuple(MUSIC.model_copy(update={"name": name}) for name in names), file_count=3))

    assert [line.split()[0] for line in told[2:5]] == ["endsong_0.json", *names[1:]]


def test_numbers_are_never_cut_however_narrow_the_terminal(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    many = Buckets(**dict.fromkeys(Buckets.model_fields, 1_234_567))

    told = said(row(rows=many.rows, buckets=many, files=(MUSIC.model_copy(update={"buckets": many}),)))

    assert any(line.count("1,234,567") == 9 for line in told)


@pytest.mark.parametrize(
    ("change", "first", "last"),
    [
        ({"dry_run": True}, "The dry run for ada is complete", "This was a dry run: nothing was changed."),
        ({"undone_at": NOON}, "The import for ada is complete", "It was undone: what it alone had brought is gone."),
        (
            {
                "status": Status.ERROR,
                "error": "The ZIP holds no history.",
                "rows": 0,
                "buckets": Buckets(),
                "files": (),
            },
            "The import for ada failed.",
            "The ZIP holds no history.",
        ),
        ({"status": Status.CANCELLED}, "The import for ada was cancelled: nothing", "The import for ada was cancelled"),
    ],
)
def test_what_became_of_the_import_is_said_first_and_what_follows_last(
    said: Any, change: dict[str, Any], first: str, last: str
) -> None:
    told = said(row(**change))

    assert told[0].startswith(first)
    assert told[-1].startswith(last)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "success"),
        ({"dry_run": True}, "dry run"),
        ({"revoked_at": NOON}, "undoing"),
        ({"revoked_at": NOON, "undone_at": NOON}, "undone"),
        ({"status": Status.ERROR, "revoked_at": NOON, "undone_at": NOON}, "error"),
        ({"status": Status.RUNNING, "finished_at": None}, "running"),
    ],
)
def test_the_list_says_how_each_stands(change: dict[str, Any], status: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_imports([row(**change)], NOON)

    line = capsys.readouterr().out.splitlines()[1]
    assert line.split("  ")[0] == "…3e2f1a0b"
    assert f" {status} " in line
    assert line.split()[-4:] == ["1,000", "700", "100", "0"]


def test_the_list_fits_a_terminal_of_eighty_columns_without_cutting_a_number(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    million = Buckets(new=1_000_000, merged=1_000_000, duplicate=1_000_000)

    tables.show_imports([row(name="Ada Lovelace", rows=3_000_000, buckets=million)], NOON + timedelta(days=9))

    line = capsys.readouterr().out.splitlines()[1]
    assert len(line) <= 80
    assert line.split()[-5:] == ["success", "3,000,000", *["1,000,000"] * 3]


def test_rejected_rows_are_listed_with_their_place_and_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_rejects([RejectRow(file="a [1].json", position=1234, reason="ts is no time")], row())

    assert capsys.readouterr().out.split() == [
        *("file", "position", "reason"),
        *("a", "[1].json", "1,234", "ts", "is", "no", "time"),
    ]
