"""What people see of a listener whose rotated token died with the process that had asked for it."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from stack import Stacked

from spindle.people.doctor.logic.listeners import listeners
from spindle.people.limits import Limits
from spindle.people.states import State, doing
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import now
from spindle.shared.messages.ask import Listener
from spindle.simulator import Settings, build

ASKER = Path(__file__).parents[1] / "integration" / "spotify" / "asker.py"
LEASE = timedelta(seconds=2)


async def test_status_and_doctor_say_what_happened_and_what_to_do(
    stacked: Stacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spindle.shared.spotify.vault.LEASE", LEASE)  # so long somebody waits for a dead holder
    async with stacked(build(Settings(listeners=1, history_days=1))) as stack:
        await stack.simulator("tokens", refresh="rotate")
        await stack.start("recorder")
        [user] = await stack.everybody()
        told = {"TEST_NATS": stack.nats_url, "TEST_ACCOUNTS": stack.spotify, "TEST_SECRET": "s", "TEST_USER": user}
        told |= {"TEST_KEY": stack.key.get_secret_value(), "TEST_DIES": "between answer and store"}
        holder = await asyncio.create_subprocess_exec(
            sys.executable, str(ASKER), "1", env=os.environ | told | {"TEST_CLIENT": "test"}
        )
        assert await holder.wait() == -signal.SIGKILL

        await stack.start("scheduler", "poll_worker")

        async def disconnected() -> Listener | None:
            found = await stack.listener(user)
            return found if found and found.disconnected_at else None

        listener = await stack.until(disconnected)
        status, [finding] = doing(listener, Limits(), now()), listeners([listener], more=False, now=now())
        lost = "the answer to an earlier renewal was probably lost when a process ended"
        assert status.state is State.DISCONNECTED
        assert lost in status.why
        assert "link the account again" in status.why
        assert lost in finding.what
        assert "Link the account again" in finding.todo

        people = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        vault = (await desk(DeskSettings(**stack.common), stack.js, stack.http)).vault
        await vault.store(user, SecretStr(people[0]["refresh_token"]))
        assert await vault.access_token(user)
