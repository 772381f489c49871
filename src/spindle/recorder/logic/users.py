"""How facts about listeners come true: the newest word counts, in whatever order they arrive."""

from dataclasses import dataclass, replace
from datetime import MINYEAR, UTC, datetime

from spindle.shared.ids import UserId
from spindle.shared.messages.choices import AtLeast, ChoicesMade
from spindle.shared.messages.users import AccountLinked, AccountRemoved, AccountUnlinked, ConsentAged, Left

Word = AccountLinked | AccountUnlinked | ChoicesMade | ConsentAged
"""What is said of a listener, and what a removal makes untrue."""

_UNKNOWN = datetime(MINYEAR, 1, 1, tzinfo=UTC)

_URGENCY = {Left.MONTH: 1, Left.WEEK: 2}


@dataclass(frozen=True, kw_only=True)
class User:
    """A listener. A removed one is a tombstone without a name."""

    id: UserId
    name: str
    account: str
    linked_at: datetime
    authorized_at: datetime | None = None
    warned: Left | None = None
    """Of the end of the consent that came with the link of `warned_link`, which may not be known yet."""
    warned_link: datetime | None = None
    disconnected_at: datetime | None = None
    disconnected_why: str | None = None
    zone: str | None = None
    at_least: AtLeast | None = None
    chosen_at: datetime | None = None
    removed_at: datetime | None = None


def after(user: User, fact: Word) -> User:
    """A newer consent heals a lost link; a loss that is older than the consent is history, and so is its ageing."""
    match fact:
        case AccountLinked():
            return _linked(user, fact)
        case AccountUnlinked():
            return _unlinked(user, fact)
        case ConsentAged():
            return _warned(user, fact)
        case ChoicesMade():
            return _chosen(user, fact)


def removed(user: User, fact: AccountRemoved) -> User:
    """What remains of them."""
    return User(id=user.id, name="", account="", linked_at=fact.removed_at, removed_at=fact.removed_at)


def recency(link: AccountLinked | User) -> tuple[datetime, str, str, datetime]:
    """Of two links the newer one has more of it; never the same, or they say the same."""
    return link.linked_at, link.name, link.account, link.authorized_at or _UNKNOWN


def choice(made: ChoicesMade | User) -> tuple[datetime, str, int]:
    """Of two choices the newer one has more of it; never the same, or they say the same."""
    return made.chosen_at or _UNKNOWN, made.zone or "", -1 if made.at_least is None else made.at_least


def _linked(user: User, fact: AccountLinked) -> User:
    if recency(fact) <= recency(user):
        return user
    linked = replace(
        user, name=fact.name, account=fact.account, linked_at=fact.linked_at, authorized_at=fact.authorized_at
    )
    if user.warned_link and user.warned_link < fact.linked_at:
        linked = replace(linked, warned=None, warned_link=None)
    if user.disconnected_at and user.disconnected_at <= fact.linked_at:
        linked = replace(linked, disconnected_at=None, disconnected_why=None)
    return linked


def _unlinked(user: User, fact: AccountUnlinked) -> User:
    if fact.unlinked_at <= user.linked_at:
        return user
    if user.disconnected_at and (fact.unlinked_at, fact.why) <= (user.disconnected_at, user.disconnected_why or ""):
        return user
    return replace(user, disconnected_at=fact.unlinked_at, disconnected_why=fact.why)


def _warned(user: User, fact: ConsentAged) -> User:
    """Of one consent the last warning is the more urgent one."""
    known = (user.warned_link or user.linked_at, _URGENCY[user.warned] if user.warned else 0)
    if (fact.linked_at, _URGENCY[fact.left]) <= known:
        return user
    return replace(user, warned=fact.left, warned_link=fact.linked_at)


def _chosen(user: User, fact: ChoicesMade) -> User:
    if not choice(user) < choice(fact):
        return user
    return replace(user, zone=fact.zone, at_least=fact.at_least, chosen_at=fact.chosen_at)
