"""What is said of the client, the key and the tokens."""

import pytest

from spindle.people.doctor.logic.credentials import Client, Tokens, client, key_to_come, no_key, several_keys, tokens
from spindle.people.doctor.logic.findings import State

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM


@pytest.mark.parametrize(
    ("seen", "state", "what", "todo"),
    [
        (Client("mine", accepted=True), OK, "The client id is accepted", ""),
        (Client("mine", secret=True, accepted=True), OK, "The client id and secret are accepted", ""),
        (Client("spindle-demo", demo=True, accepted=True), OK, "The demo's client id is accepted", ""),
        (Client("mine", accepted=False), PROBLEM, "does not know this client id.", "CLIENT_ID with"),
        (Client("mine", secret=True, accepted=False), PROBLEM, "client id and secret", "CLIENT_SECRET with"),
        (Client("mine", why="Spotify did not answer."), WARNING, "not be tried: Spotify did not answer.", "network"),
        (Client("spindle-demo", demo=True, why="x"), WARNING, "demo's client id could not be tried", "`up`"),
        (Client(""), PROBLEM, "No Spotify client id", "SPINDLE_SPOTIFY_CLIENT_ID"),
        (Client("", needed=False), OK, "runs the demo", ""),
    ],
)
def test_of_the_client(seen: Client, state: State, what: str, todo: str) -> None:
    [told] = client(seen)

    assert (told.check, told.state) == ("client", state)
    assert what in told.what
    assert todo in told.todo


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Tokens(0), [(OK, "no tokens to open")]),
        (Tokens(3), [(OK, "opens the tokens of 3 listeners.")]),
        (Tokens(200, everybody=False), [(OK, "of the first 200 listeners.")]),
        (Tokens(3, sealed_otherwise=["ada", "bob"]), [(PROBLEM, "does not open the tokens of ada, bob.")]),
        (Tokens(3, missing=["ada"]), [(PROBLEM, "no tokens of ada.")]),
        (Tokens(3, missing=["bob"], other_client=["ada"]), [(PROBLEM, "bob"), (PROBLEM, "another client id")]),
        (Tokens(40, missing=[f"n{n}" for n in range(30)]), [(PROBLEM, "n19 and 10 more.")]),
    ],
)
def test_of_tokens(seen: Tokens, told: list[tuple[State, str]]) -> None:
    found = tokens(seen)

    assert [one.state for one in found] == [state for state, _ in told]
    for one, (_, what) in zip(found, told, strict=True):
        assert what in one.what


@pytest.mark.parametrize(("recorded", "state"), [(False, State.OK), (True, State.PROBLEM)])
def test_a_home_that_has_recorded_had_a_key(recorded: bool, state: State) -> None:
    assert [one.state for one in key_to_come(recorded)] == [state]


def test_without_a_key_nothing_can_be_opened() -> None:
    assert no_key("SPINDLE_SECRET_KEY is not set")[0].state is PROBLEM


def test_several_keys_are_a_rotation_that_is_not_finished() -> None:
    [told] = several_keys(2, "SPINDLE_SECRET_KEY")

    assert told.state is WARNING
    assert "There are 2 secret keys in SPINDLE_SECRET_KEY" in told.what
    assert "keys rotate" in told.todo
    assert several_keys(1, "SPINDLE_SECRET_KEY") == []
