"""What the recorder reads: every fact that it makes true, told apart by `fact`."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, TypeAdapter

from spindle.shared.ids import parts
from spindle.shared.messages.choices import ChoicesMade
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, ImportRevoked, RowsRead
from spindle.shared.messages.jobs import ChainStarted, JobDelayed, JobEnded, JobReopened
from spindle.shared.messages.plays import PlaysFetched
from spindle.shared.messages.users import AccountLinked, AccountRemoved, AccountUnlinked, ConsentAged, PausesChanged

JobFact = PlaysFetched | ChainStarted | JobDelayed | JobEnded | JobReopened
UserFact = AccountLinked | AccountUnlinked | ChoicesMade | ConsentAged | PausesChanged | AccountRemoved
ImportFact = ArchiveCut | RowsRead | ArchiveRead | ImportRevoked
Fact = JobFact | UserFact | ImportFact


def _of_its_own_job(fact: Fact) -> Fact:
    if isinstance(fact, JobFact | ImportFact) and parts(fact.job)[1] != fact.user:
        raise ValueError("the job is another listener's")
    return fact


def _in_a_zone(fact: Fact) -> Fact:
    if isinstance(fact, ChoicesMade) and fact.zone is not None:
        try:
            ZoneInfo(fact.zone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("no time zone is called so") from None
    return fact


_FACT: TypeAdapter[Fact] = TypeAdapter(
    Annotated[Annotated[Fact, Field(discriminator="fact")], AfterValidator(_of_its_own_job), AfterValidator(_in_a_zone)]
)


def decoded(body: bytes) -> Fact:
    """Raises `pydantic.ValidationError` for a body that is not JSON or no fact."""
    return _FACT.validate_json(body)
