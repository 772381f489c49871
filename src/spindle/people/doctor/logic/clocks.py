"""Clocks: polls, schedules and tokens live by the time, and no server's may be far from the others'."""

from collections.abc import Mapping

from spindle.people.doctor.logic.findings import Finding, ok, problem, warning
from spindle.people.wording import span

CHECK = "clock"
HERE, SPOTIFY = "this machine", "Spotify"

AGREE, FAR = 2.0, 30.0  # seconds

_TODO = "Let a time service (NTP) set it: polls, deadlines and the budget of calls go by it."


def clocks(ahead: Mapping[str, float]) -> list[Finding]:
    """`ahead`: by how many seconds each clock is ahead of this machine's, which is among them."""
    if len(ahead) == 1:
        return [ok(CHECK, "There is no other clock to compare this machine's with.")]
    right = _right(ahead)
    if right is None:
        return [_nobody_knows(ahead)]
    found = [_off(whose, by - ahead[right], right) for whose, by in ahead.items() if abs(by - ahead[right]) > AGREE]
    return found or [ok(CHECK, f"The clocks of {_and(list(ahead))} agree.")]


def _right(ahead: Mapping[str, float]) -> str | None:
    """One whose clock is believed: Spotify's, else one of those with which most agree; none when that is a draw."""
    if SPOTIFY in ahead:
        return SPOTIFY
    agree = {whose: sum(abs(by - other) <= AGREE for other in ahead.values()) for whose, by in ahead.items()}
    best = [whose for whose, others in agree.items() if others == max(agree.values())]
    together = all(abs(ahead[one] - ahead[best[0]]) <= AGREE for one in best)
    return best[0] if together else None


def _off(whose: str, by: float, right: str) -> Finding:
    how = f"{span(abs(by))} {'ahead of' if by > 0 else 'behind'}"
    what = f"The clock of {whose} is {how} {'that of ' + right if right == SPOTIFY else 'the others'}."
    return problem(CHECK, what, _TODO) if abs(by) > FAR else warning(CHECK, what, _TODO)


def _nobody_knows(ahead: Mapping[str, float]) -> Finding:
    apart = max(ahead.values()) - min(ahead.values())
    what = f"The clocks of {_and(list(ahead))} are {span(apart)} apart, and nobody knows which one is right."
    todo = "Let a time service (NTP) set them."
    return problem(CHECK, what, todo) if apart > FAR else warning(CHECK, what, todo)


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
