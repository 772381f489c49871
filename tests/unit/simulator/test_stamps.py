"""A play can be told by its start, without its pause, or on a whole second, and still ends when it ended."""

from datetime import UTC, datetime

from spindle.simulator import Clock, Settings, Stamps, build
from spindle.simulator.clock import unix_ms
from spindle.simulator.worlds.plays import Play, Told
from spindle.simulator.worlds.stamps import LONGEST_PAUSE_MS

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW = unix_ms(NOON)


def plays(stamps: Stamps) -> list[Play]:
    """Everything that has ended by noon, newest first as the world tells it."""
    listeners = build(Settings(listeners=1, stamps=stamps), Clock(NOON, speed=0)).state.simulation.listeners
    (listener,) = listeners
    return [play for play in listener.newest_first(NOW) if play.ended_at < NOW]


def test_a_play_told_by_its_start_ends_when_it_did() -> None:
    told, plain = plays(Stamps(started=1.0)), plays(Stamps())

    assert {play.told for play in told} == {Told.START}
    assert sorted(play.ended_at for play in told) == sorted(play.played_at for play in plain)
    assert all(play.played_at == play.began_at for play in told)


def test_a_pause_moves_the_end_by_up_to_two_minutes() -> None:
    told, plain = plays(Stamps(paused=1.0)), plays(Stamps())

    apart = [play.ended_at - play.played_at for play in told]
    assert sorted(play.ended_at for play in told) == sorted(play.played_at for play in plain)
    assert 0 <= min(apart) < 10_000
    assert LONGEST_PAUSE_MS - 10_000 < max(apart) <= LONGEST_PAUSE_MS
    assert all(play.began_at == play.played_at - play.ms_played for play in told)


def test_a_share_of_the_plays_is_told_on_a_whole_second() -> None:
    told = plays(Stamps(whole=0.25))

    whole = sum(play.played_at % 1000 == 0 for play in told)
    assert 0.2 < whole / len(told) < 0.3


def test_however_it_is_told_the_newest_comes_first_and_nothing_is_lost() -> None:
    told = plays(Stamps(started=0.3, paused=0.3, whole=0.1))

    assert [play.played_at for play in told] == sorted((play.played_at for play in told), reverse=True)
    assert len(told) == len(plays(Stamps()))


def test_a_page_deeper_in_a_stamped_world_begins_where_the_one_before_ended() -> None:
    listeners = build(
        Settings(listeners=1, stamps=Stamps(started=0.5)), Clock(NOON, speed=0)
    ).state.simulation.listeners
    (listener,) = listeners
    everything = list(listener.newest_first(NOW))

    assert list(listener.newest_first(everything[70].played_at)) == everything[71:]
