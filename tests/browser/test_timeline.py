"""Everything that happens, on a page that grows while somebody reads it."""

from chromium import Person
from living import Spindle, Spotify


def test_what_happens_appears_at_once_and_leads_to_its_steps(guest: Person, spindle: Spindle, spotify: Spotify) -> None:
    listener = spotify.newcomer()
    name = listener["display_name"]

    guest.follows("Timeline")
    with guest.stays():
        spindle.link(listener)
        guest.sees(f"{name} linked", f"{name} initial sync complete")
    assert guest.obstacles() == []
    guest.goes_to(f"{spindle.address}/timeline/{spindle.knows(name)['user']}")
    assert guest.obstacles() == []
    guest.follows("initial sync complete")

    guest.sees("Steps", "On a line of time", "calls of Spotify")
    assert guest.obstacles() == []


def test_two_runs_are_compared_by_keyboard_alone_and_without_scripts(
    guest: Person, spindle: Spindle, spotify: Spotify
) -> None:
    listener = spotify.newcomer()
    spindle.link(listener)
    polls = guest.waits_for(lambda: spindle.jobs(listener["display_name"], "poll", least=2))

    with guest.without_scripts():
        guest.goes_to(f"{spindle.address}/jobs/{polls[0]}")
        guest.types_to("Compare")

        guest.sees("Two runs on one line of time", "Difference", "Slowest step")
        guest.follows("Alone")
        guest.sees("On a line of time")
