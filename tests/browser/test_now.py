"""The page Now, watched while things happen."""

import time

from chromium import NO_CONNECTION, Person
from living import Spindle, Spotify
from terminal import until


def test_a_backfills_bar_moves_while_it_is_watched_and_stops_at_a_pause(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    listener = spotify.newcomer()
    name = listener["display_name"]
    spotify.slow_down(listener["id"])

    with guest.stays():
        spindle.link(listener)
        first = guest.waits_for(lambda: bar(guest, name))
        assert guest.waits_for(lambda: bar(guest, name) > first + 1)
    guest.presses(f"Pause ({name})")
    guest.sees("paused")
    assert until(lambda: stands_still(spindle, name), 60)

    assert not spindle.knows(name)["initial_sync"]["completed_at"]
    guest.waits_for(lambda: f"{spindle.knows(name)['plays']:,}" in guest.text)
    assert guest.obstacles() == []


def test_what_happened_without_a_connection_is_caught_up_with(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    listener = spotify.newcomer()
    name = listener["display_name"]

    with guest.stays(), guest.expects(NO_CONNECTION):
        with spindle.cable.pulled():
            guest.sees("The connection is lost")
            spindle.link(listener)
            assert name not in guest.text
            assert guest.obstacles() == []
        guest.sees(name)
        assert guest.waits_for(lambda: "The connection is lost" not in guest.text)


def stands_still(spindle: Spindle, name: str) -> bool:
    """For longer than the page that was under way and one more would take."""
    before = spindle.knows(name)["plays"]
    time.sleep(4)
    return bool(spindle.knows(name)["plays"] == before)


def bar(person: Person, name: str) -> float:
    """Pages of an initial sync that have been read."""
    return float(person.finds(f"progress[aria-label='initial sync of {name}']").get_attribute("value") or 0)
