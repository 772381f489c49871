"""An orderly stop loses no login, even while Spotify is handing out a new refresh token."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from stack import Stack, Stacked

from spindle.cli.running import services
from spindle.embedded.ports import choose
from spindle.shared.ids import Kind
from spindle.shared.messages.control import Trigger
from spindle.shared.messages.jobs import Status
from spindle.shared.spotify.vault import TokenVault
from spindle.simulator import Settings, build
from spindle.simulator.settings import Refresh


async def test_a_stop_waits_for_a_rotated_token(stacked: Stacked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenVault.close, "__defaults__", (timedelta(minutes=2),))  # as long as it would wait
    async with stacked(build(Settings(listeners=1, refresh=Refresh.ROTATE))) as stack:
        await stack.simulator("faults", kind="slow", path="/api/token", seconds=10)
        async with services.running(told(stack), {}):
            (user,) = await stack.everybody()
            await stack.until(lambda: struck(stack))
            stopping = asyncio.get_running_loop().time()
        assert 2 < asyncio.get_running_loop().time() - stopping < 60

        async with services.running(told(stack), {}):
            await stack.until(lambda: stack.listener(user))
            assert (await stack.control(Trigger(user=user, what="poll", hurry=True))).done
            assert (await stack.finished(user, Kind.POLL))[-1].status is Status.SUCCESS


def told(stack: Stack) -> dict[str, object]:
    return {
        **stack.common,
        "database_url": SecretStr(stack.database_url),
        "poll_interval_seconds": 3600,
        "initial_sync_enabled": False,
        "access_token": SecretStr("of-these-tests-alone"),
        "port": choose(),
    }


async def struck(stack: Stack) -> bool:
    return bool((await stack.http.get(f"{stack.spotify}/control/faults")).json()[0]["struck"])
