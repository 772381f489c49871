"""Every way in which the simulator refuses a poll is told apart, and `status` and `doctor` say what to do about it."""

from datetime import UTC, datetime

import httpx
import pytest
from free import TURN, Free

from spindle.people.doctor.logic.listeners import listeners
from spindle.people.limits import Limits
from spindle.people.states import State, doing
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import Forbidden, Refusal
from spindle.simulator import Settings, build

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def failing(error: str) -> Listener:
    return Listener(user=new_user(), name="ada", account="a", linked_at=NOW, authorized_at=NOW, poll_error=error)


@pytest.mark.parametrize(
    ("variant", "kind", "todo"),
    [
        ("scope", Refusal.SCOPE, "scope user-read-recently-played"),
        ("not-registered", Refusal.NOT_REGISTERED, "User Management"),
        ("premium", Refusal.PREMIUM, "renew Premium"),
        ("forbidden", Refusal.REMOVED, "SPINDLE_SPOTIFY_API_URL"),
        ("proxy", Refusal.PROXY, "proxy, firewall"),
    ],
)
async def test_each_refusal_has_its_own_advice(variant: str, kind: Refusal, todo: str) -> None:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(build(Settings(listeners=1, history_days=1))))
    fault = {"kind": "forbidden", "variant": variant, "times": None}
    assert (await http.post("http://simulator/control/faults", json=fault)).is_success
    with pytest.raises(Forbidden) as refused:
        await Spotify(http, "http://simulator/v1", Free()).recently_played("access", TURN)
    one = failing(str(refused.value))

    told = doing(one, Limits(), NOW)
    [found] = listeners([one], more=False, now=NOW)

    assert refused.value.kind is kind
    assert told.state is State.ERROR
    assert str(refused.value).rstrip(".") in told.why
    assert todo in told.why
    assert todo in found.todo


def test_of_what_is_not_known_nothing_is_advised() -> None:
    one = failing(str(Forbidden(Refusal.UNKNOWN, "Not on a Sunday")))

    [found] = listeners([one], more=False, now=NOW)

    assert doing(one, Limits(), NOW).why == "the last poll failed: Spotify refuses this: Not on a Sunday"
    assert "by itself" in found.todo
