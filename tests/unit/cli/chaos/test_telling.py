"""What is lost, what is doubled, and what nobody could know."""

from dataclasses import replace

from spindle.cli.chaos.logic.telling import Played, Row, Told, compared

NOON = 1_700_000_000_000
PLAY = Played(NOON + 123, NOON + 123, "a", "Salt", answered=True)
UNSHOWN = replace(PLAY, answered=False)
EXTENDED, ACCOUNT = Told(NOON + 10_000, to_the_minute=False), Told(NOON + 10_000, to_the_minute=True)


def test_a_play_that_was_shown_is_due_to_the_millisecond() -> None:
    there = compared([PLAY], [], [Row(NOON + 123, "a", "Salt")])
    a_second_off = compared([PLAY], [], [Row(NOON, "a", "Salt")])

    assert (there.due, there.lost, there.doubled) == (1, (), ())
    assert a_second_off.lost == (PLAY,)
    assert len(a_second_off.doubled) == 1


def test_a_play_that_nobody_told_of_is_not_due_and_must_not_be_there() -> None:
    assert compared([UNSHOWN], [], []).due == 0
    assert len(compared([UNSHOWN], [], [Row(NOON + 123, "a", "Salt")]).doubled) == 1


def test_a_play_that_only_an_export_tells_of_is_due_to_its_second_or_minute() -> None:
    assert compared([UNSHOWN], [EXTENDED], [Row(NOON, "a", "Salt")]).lost == ()
    assert compared([UNSHOWN], [EXTENDED], []).lost == (UNSHOWN,)
    assert compared([UNSHOWN], [ACCOUNT], [Row(NOON - NOON % 60_000, "x", "Salt")]).lost == ()


def test_an_export_tells_of_nothing_that_came_after_it() -> None:
    late = replace(UNSHOWN, ended_at=NOON + 10_001)

    assert compared([late], [EXTENDED], []).due == 0


def test_twins_are_two_and_one_row_is_not_enough_for_both() -> None:
    again = replace(UNSHOWN, played_at=NOON + 500, ended_at=NOON + 500)
    row = Row(NOON, "a", "Salt")

    assert compared([UNSHOWN, again], [EXTENDED], [row, row]).lost == ()
    assert len(compared([UNSHOWN, again], [EXTENDED], [row]).lost) == 1
    assert len(compared([UNSHOWN], [EXTENDED], [row, row]).doubled) == 1


def test_a_shown_play_and_its_exported_twin_are_one() -> None:
    both = [Row(NOON + 123, "a", "Salt"), Row(NOON, "a", "Salt")]

    found = compared([PLAY], [EXTENDED], both)

    assert (found.lost, found.doubled) == ((), (both[1],))


def test_an_episode_that_an_old_export_tells_like_a_song_is_due_once() -> None:
    minute = NOON - NOON % 60_000
    old = replace(ACCOUNT, rows=((minute, "Salt"), (minute, "Why we hum")))
    song, episode = Row(NOON + 123, "a", "Salt"), Row(minute, "x", "Why we hum")

    assert compared([PLAY], [old, old], [song, episode]).doubled == ()
    assert [play.track for play in compared([PLAY], [old], [song]).lost] == ["Why we hum"]
    assert len(compared([PLAY], [old], [song, episode, episode]).doubled) == 1
