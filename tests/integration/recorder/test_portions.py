"""What belongs together is found also where an import is applied, taken back or repeated piece by piece."""

import pytest

from spindle.recorder.logic.placing import play_id
from spindle.shared.messages.imports import Buckets

from .conftest import Tables, World
from .test_imports import Importer, Said, account, importer, polled, unnumbered

__all__ = ["importer"]

HOUR = 3600


@pytest.fixture
def row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("spindle.recorder.importing", "spindle.recorder.undoing"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 2)


@pytest.mark.usefixtures("row_by_row")
async def test_a_play_told_twice_is_one_across_the_edge_of_a_portion(importer: Importer) -> None:
    receipt = await importer([Said(100, started=-80), Said(110, started=-80)])

    assert receipt.buckets == Buckets(new=1, duplicate=1, podcast=1, invalid=1)
    assert await importer.seconds() == [(100, "track1")]


@pytest.mark.usefixtures("row_by_row")
async def test_a_minute_and_its_row_are_one_across_the_edge_of_a_portion(importer: Importer) -> None:
    receipt = await importer([Said(63)], [account(1)])

    assert receipt.buckets == Buckets(new=1, duplicate=1, podcast=2, invalid=2)
    assert await importer.seconds() == [(63, "track1")]


async def test_a_play_told_twice_is_one_also_when_one_row_has_no_id_of_its_track(importer: Importer) -> None:
    await importer([Said(100, "track2", started=-80), Said(110, unnumbered(2), started=-80)])

    assert await importer.seconds() == [(100, "track2")]


async def test_an_undone_import_is_forgotten_by_a_play_that_was_shown_at_its_start(
    importer: Importer, world: World, tables: Tables
) -> None:
    await importer.tell(polled(world, 600, (0.3, 1)))
    before = await tables.rows("plays")
    receipt = await importer([Said(1000, ms=1_000_000)])
    assert receipt.buckets.merged == 1

    await importer.undo(receipt.job)

    assert await tables.rows("plays") == before


@pytest.mark.parametrize("polled_first", [True, False])
async def test_the_longest_play_is_one_with_what_was_shown_seconds_before_its_start(
    importer: Importer, world: World, polled_first: bool
) -> None:
    poll = polled(world, 600, (-4, 1))
    if polled_first:
        await importer.tell(poll)
    await importer([Said(3 * HOUR, ms=3 * HOUR * 1000)])
    if not polled_first:
        await importer.tell(poll)

    assert await importer.seconds() == [(-4, "track1")]


@pytest.mark.parametrize("exact_first", [True, False])
async def test_a_row_told_again_is_found_by_whichever_export_knows_its_start_best(
    importer: Importer, exact_first: bool
) -> None:
    exact, rounded = [Said(100, started=-80.25), Said(110, started=-80.25)], [Said(100, started=-81)]

    for rows in (exact, rounded) if exact_first else (rounded, exact):
        await importer(rows)

    assert await importer.seconds() == [(100, "track1")]


async def test_a_dry_run_of_both_packages_counts_what_the_import_counts(importer: Importer) -> None:
    packages = ([Said(63, "track2")], [account(1, 2)])

    tried = await importer(*packages, dry_run=True)

    assert tried.buckets == (await importer(*packages)).buckets


async def test_a_play_has_the_same_id_whether_its_rows_are_judged_or_not(importer: Importer, tables: Tables) -> None:
    rows = [Said(n * 200.0, ("track1", "track2", unnumbered(3))[n % 3], 1000 * n) for n in range(9)]
    unjudged = await importer(rows)
    ids = {each["play_id"] for each in await tables.rows("plays")}
    await importer.undo(unjudged.job)

    await importer([*rows, rows[0]])

    assert {each["play_id"] for each in await tables.rows("plays")} == ids
    assert ids == {play_id(importer.at(each.second), each.track, each.ms) for each in rows}


async def test_a_song_on_repeat_is_judged_from_its_first_play_to_its_last(importer: Importer, world: World) -> None:
    plays = 100  # five hours; the API gives the starts, as the very first play shows
    starts = [(180 * n + 0.3, 1) for n in range(plays)]
    await importer([Said(180 * n) for n in range(1, plays + 1)])

    await importer.tell(polled(world, 600, *starts[1:]), polled(world, 601, starts[0]))

    assert await importer.seconds() == [(second, "track1") for second, _ in starts]
