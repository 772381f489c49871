"""How often somebody hears of an outage."""

import pytest
from structlog.testing import capture_logs

from spindle.shared import outages
from spindle.shared.outages import Away, Outage


def told(outage: Outage, *turns: str) -> list[str]:
    """Each turn is what is wrong, or nothing."""
    with capture_logs() as logs:
        for turn in turns:
            outage.began(turn) if turn else outage.ended()
    return [one["event"] for one in logs]


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ([""], []),
        (["full", "full", "fuller"], ["gone"]),
        (["full", "full", ""], ["gone", "back"]),
        (["full", "", "full", "", "full", ""], ["gone", "back"]),  # it comes and goes
    ],
)
def test_an_outage_is_told_once_and_so_is_its_end(turns: list[str], said: list[str]) -> None:
    assert told(Outage("gone", "back"), *turns) == said


def test_one_that_comes_much_later_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    outage = Outage("gone", "back")
    told(outage, "full", "")

    monkeypatch.setattr(outages, "_QUIET", 0)

    assert told(outage, "full", "") == ["gone", "back"]


async def test_while_it_lasts_it_is_the_trouble_of_whoever_needs_it() -> None:
    outage = Outage("gone", "back")
    outage.began("no room")

    with pytest.raises(Away, match="no room"):
        await outage.probe()

    outage.ended()
    await outage.probe()
