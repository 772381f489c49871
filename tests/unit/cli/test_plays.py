"""Plays as programs and spreadsheets get them, and the mark on short ones."""

from datetime import UTC, datetime

import pytest

from spindle.cli.seeing import tables
from spindle.people import shapes
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Listener, PlayRow
from spindle.shared.messages.imports import Circumstances
from spindle.shared.messages.plays import Source

ROW = PlayRow(
    played_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    track_id="id",
    track="Song",
    artists=("A", "B"),
    album=None,
    duration_ms=200_000,
    ms_played=12_000,
    source=Source.IMPORT,
    job="archive",
    short=True,
    circumstances=Circumstances(platform="ios", reason_end="fwdbtn", skipped=True),
)
ADA = Listener(user=new_user(), name="Ada", account="ada", linked_at=ROW.played_at)
COLUMNS = (
    *("played_at", "track_id", "track", "artists", "album", "duration_ms", "ms_played", "source", "job", "short"),
    *("platform", "country", "reason_start", "reason_end", "shuffle", "skipped", "offline", "private"),
)


def test_columns_only_ever_grow_at_the_end() -> None:
    assert shapes.PLAY[: len(COLUMNS)] == COLUMNS
    assert tuple(shapes.play(ROW)) == shapes.PLAY


def test_how_a_play_came_about_stands_beside_the_rest() -> None:
    told = shapes.play(ROW)

    assert (told["platform"], told["reason_end"], told["skipped"], told["shuffle"]) == ("ios", "fwdbtn", True, None)


def test_of_a_play_that_no_import_has_seen_it_is_unknown() -> None:
    told = shapes.play(ROW.model_copy(update={"circumstances": None, "short": False}))

    assert told["short"] is False
    assert {told[name] for name in Circumstances.model_fields} == {None}


def test_people_see_which_plays_were_short(capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_plays([ROW, ROW.model_copy(update={"short": False})], ADA)

    assert [line.rstrip().split("  ")[-1].strip() for line in capsys.readouterr().out.splitlines()[1:-1]] == [
        "import, short",
        "import",
    ]
