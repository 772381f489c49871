"""Linking a Spotify account: out to Spotify's page, and back."""

from chromium import FORBIDDEN, Person
from living import Spotify


def test_whoever_agrees_is_recorded(guest: Person, spotify: Spotify) -> None:
    name = spotify.newcomer()["display_name"]

    guest.follows("Link an account")
    guest.sees("What you will allow", "user-read-recently-played")
    assert guest.obstacles() == []
    guest.presses("Go to Spotify")
    guest.sees("Who is listening?")
    guest.chooses(name)
    guest.presses("Agree")

    guest.sees(f"{name} is linked")
    assert guest.obstacles() == []
    guest.presses("See what happens now")
    guest.sees(name)


def test_whoever_does_not_agree_is_told_so_and_can_begin_again(guest: Person) -> None:
    guest.follows("Link an account")
    guest.presses("Go to Spotify")
    with guest.expects(FORBIDDEN):
        guest.presses("Cancel")
        guest.sees("Begin again")

    assert guest.obstacles() == []
