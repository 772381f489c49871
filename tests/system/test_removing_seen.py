"""Removing a listener at the doors for people: what goes is named first, and nobody goes by mistake."""

import json

from agreeing import words
from door import api_of
from exported import row
from imported import imported
from stack import Stacked
from test_removing import left
from visiting import visiting

from spindle.shared.ids import Kind
from spindle.simulator import Settings, build


async def test_nobody_is_removed_but_by_their_name_and_then_nothing_is_left(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2, history_days=2, late=False))) as stack:
        await stack.start()
        user, other = await stack.everybody()
        for each in (user, other):
            await stack.finished(each, Kind.INITIAL)
            await stack.finished(each, Kind.POLL)
        brought = json.dumps([row(number) for number in range(7)]).encode()
        await imported(stack, user, {"endsong_0.json": brought})
        seen = {each.user: each for each in await stack.listeners()}
        name, place = seen[user].name, f"/listeners/{user}/remove"
        async with visiting(stack) as person, api_of(stack) as api:
            page = words(await person.http.get(place))
            mistaken = await person.http.post(place, data={"name": name.lower()})
            refused = await api.http.delete(f"/api/users/{other}", params={"name": name})
            unsaid = await api.http.delete(f"/api/users/{other}")
            assert len(await stack.listeners()) == 2

            gone = await person.http.post(place, data={"name": f" {name} "})
            told = await api.http.delete(f"/api/users/{other}", params={"name": seen[other].name})
            after = words(await person.http.get(gone.headers["location"]))

        plays = seen[user].plays
        assert f"{plays:,} plays ({plays - 7:,} of which have not come with an import" in page
        assert "1 import and " in page
        assert (mistaken.status_code, refused.status_code, unsaid.status_code) == (422, 409, 422)
        assert "is not the name: nothing was removed" in words(mistaken)
        assert f"{name} is removed, with everything of theirs." in after
        assert told.json()["removed"]["never_imported"] == told.json()["removed"]["plays"] == seen[other].plays
        assert await stack.listeners() == ()

        async def forgotten() -> bool:
            return not await left(stack, user) and not await left(stack, other)

        await stack.until(forgotten)
