"""Scripted faults: what to do to which calls, and for how many of them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["rate", "quota", "unauthorized", "forbidden", "server", "malformed", "slow", "hang", "drop"]
Variant = Literal[
    "expired",
    "invalid",
    "missing",
    "scope",
    "forbidden",
    "premium",
    "not-registered",
    "proxy",
    "json",
    "items",
    "empty",
]
_VARIANTS: dict[str, tuple[Variant, ...]] = {
    "unauthorized": ("expired", "invalid", "missing"),
    "forbidden": ("forbidden", "scope", "premium", "not-registered", "proxy"),
    "malformed": ("json", "items", "empty"),
}


class Fault(BaseModel):
    """One scripted fault, as it is posted to `/control/faults`."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    listener: str | None = None
    """None: everybody."""
    path: str = "/v1"
    """Every path that begins with this; `/api/token` for refreshes."""
    skip: int = Field(0, ge=0)
    """Let this many matching calls pass first."""
    times: int | None = Field(1, ge=1)
    """Then strike this many; None: until cleared."""
    variant: Variant | None = None
    status: int = Field(503, ge=500, le=599)
    retry_after: str | None = None
    """The header's text, sane or not; None: no header. A quota fault that does not say gets 52531."""
    body: Literal["json", "text"] = "json"
    message: str | None = None
    seconds: float = Field(1.0, ge=0, le=3600)

    def model_post_init(self, _: object) -> None:
        allowed = _VARIANTS.get(self.kind, ())
        if self.variant is not None and self.variant not in allowed:
            raise ValueError(f"a {self.kind} fault has {' | '.join(allowed) or 'no variants'}")
        if self.variant is None and allowed:
            self.variant = allowed[0]
        if self.kind == "quota" and "retry_after" not in self.model_fields_set:
            self.retry_after = "52531"


class Scripted(BaseModel):
    """A fault in force, with what it has done so far."""

    id: int
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times

    def matches(self, path: str, listener: str | None) -> bool:
        fault = self.fault
        return path.startswith(fault.path) and fault.listener in (None, listener)


class Script:
    """The faults in force. The oldest one that matches strikes; spent ones stay listed until they are cleared."""

    def __init__(self) -> None:
        self.faults: list[Scripted] = []
        self._last = 0

    def add(self, fault: Fault) -> Scripted:
        self._last += 1
        self.faults.append(Scripted(id=self._last, fault=fault))
        return self.faults[-1]

    def clear(self, number: int | None = None) -> int:
        """How many were taken away: one, or all of them."""
        kept = [one for one in self.faults if number is not None and one.id != number]
        gone, self.faults = len(self.faults) - len(kept), kept
        return gone

    def strike(self, path: str, listener: str | None) -> Fault | None:
        """The fault for this call, which is thereby counted."""
        for one in self.faults:
            if not one.spent and one.matches(path, listener):
                one.seen += 1
                if one.seen > one.fault.skip:
                    one.struck += 1
                    return one.fault
        return None
