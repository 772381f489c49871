"""What the facts about a listener leave true: the newest word counts, in whatever order they arrive."""

from dataclasses import dataclass, replace
from datetime import datetime

from spindle.shared.ids import UserId
from spindle.shared.messages.users import AccountLinked, AccountRemoved, AccountUnlinked


@dataclass(frozen=True, kw_only=True)
class User:
    """A listener. A removed one is a tombstone without a name."""

    id: UserId
    name: str
    account: str
    linked_at: datetime
    disconnected_at: datetime | None = None
    disconnected_why: str | None = None
    removed_at: datetime | None = None


def after(user: User, fact: AccountLinked | AccountUnlinked) -> User:
    """A newer consent heals a lost link; a loss that is older than the consent is history."""
    match fact:
        case AccountLinked():
            return _linked(user, fact)
        case AccountUnlinked():
            return _unlinked(user, fact)


def removed(user: User, fact: AccountRemoved) -> User:
    """What remains of them."""
    return User(id=user.id, name="", account="", linked_at=fact.removed_at, removed_at=fact.removed_at)


def _linked(user: User, fact: AccountLinked) -> User:
    if (fact.linked_at, fact.name, fact.account) <= (user.linked_at, user.name, user.account):
        return user
    linked = replace(user, name=fact.name, account=fact.account, linked_at=fact.linked_at)
    if user.disconnected_at and user.disconnected_at <= fact.linked_at:
        return replace(linked, disconnected_at=None, disconnected_why=None)
    return linked


def _unlinked(user: User, fact: AccountUnlinked) -> User:
    if fact.unlinked_at <= user.linked_at:
        return user
    if user.disconnected_at and (fact.unlinked_at, fact.why) <= (user.disconnected_at, user.disconnected_why or ""):
        return user
    return replace(user, disconnected_at=fact.unlinked_at, disconnected_why=fact.why)
