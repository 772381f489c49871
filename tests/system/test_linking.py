"""When a listener consented is kept with the tokens and told to the recorder; a new login forgets the old date."""

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from stack import Stacked

from spindle.people.errors import Problem
from spindle.people.linking import linking
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import UserId, now
from spindle.simulator import Settings, build


async def test_a_consents_date_goes_with_its_login_and_no_further(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=1))) as stack:
        await stack.start("recorder")
        settings = DeskSettings(**stack.common)
        vault = (await desk(settings, stack.js, stack.http)).vault
        [person] = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        token, first, second = SecretStr(person["refresh_token"]), now() - timedelta(days=100), now()

        async with linking(stack.client, settings) as links:
            for told in (first, None, second):
                linked = await links.add("ada", token, told)

                account = await vault.account(linked.user)
                assert account is not None
                assert account.authorized_at == told

                async def recorded(told: datetime | None = told, user: UserId = linked.user) -> bool:
                    listener = await stack.listener(user)
                    return listener is not None and listener.authorized_at == told

                await stack.until(recorded)

            with pytest.raises(Problem, match="yet to come"):
                await links.add("ada", token, now() + timedelta(days=1))
            with pytest.raises(Problem, match="give it again"):
                await links.add("ada", token, now() - timedelta(days=200))
