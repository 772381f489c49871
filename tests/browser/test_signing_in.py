"""The door that the access token opens."""

from chromium import UNAUTHORIZED, Person
from living import Spindle


def test_only_the_access_token_opens_and_what_was_wanted_is_shown_then(person: Person, spindle: Spindle) -> None:
    with person.expects(UNAUTHORIZED):
        person.goes_to(f"{spindle.address}/timeline")
        person.sees("Sign in")
        assert person.obstacles() == []
        person.fills_in("Access token", "not the access token")
        person.presses("Sign in")
        person.sees("That is not the access token.")
        assert person.obstacles() == []
    person.fills_in("Access token", spindle.token)
    person.presses("Sign in")

    person.sees("Timeline")
    person.presses("Sign out")
    person.sees("Access token")
