"""One way in which a server is not as `topology` declares it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """`stream facts: max_bytes is 1048576, wanted 268435456`, or `stream facts is missing`."""

    what: str
    setting: str | None = None
    """None when all of it is missing."""
    has: object = None
    wanted: object = None

    @property
    def missing(self) -> bool:
        return self.setting is None

    def __str__(self) -> str:
        if self.missing:
            return f"{self.what} is missing"
        return f"{self.what}: {self.setting} is {_said(self.has)}, wanted {_said(self.wanted)}"


def _said(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ", ".join(value) if isinstance(value, tuple) else str(value)
