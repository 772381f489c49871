"""What a chaos run was to do, and what came of it."""

from collections import Counter
from dataclasses import dataclass, field

from spindle.cli.chaos.calls import Calls
from spindle.cli.chaos.logic.verdict import Verdict


@dataclass(frozen=True)
class Wish:
    seed: int
    faults: int
    seconds: float | None
    """After so long no more faults are begun."""
    listeners: int
    replicas: int


@dataclass
class Result:
    wish: Wish
    by_kind: Counter[str] = field(default_factory=Counter)
    """Faults."""
    verdict: Verdict = field(default_factory=Verdict)
    calls: Calls = field(default_factory=lambda: Calls(0, 0, 0))
    jobs: Counter[str] = field(default_factory=Counter)
    """By kind and status."""
    answers: Counter[str] = field(default_factory=Counter)
    """What became of what people asked."""
    imports: int = 0
    letters: int = 0
    """Dead ones, which were put in again."""
    died: int = 0
    """Processes that ended by themselves."""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.verdict.good and self.calls.few and not self.died
