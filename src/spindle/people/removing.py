"""Removing a listener: what would go and what would stay, in words, and what to do before."""

from collections.abc import Sequence

from spindle.people.wording import command, count
from spindle.shared.messages.ask import Belongings, Listener

BACKUP = command("backup FILE")


def goes(one: Listener, there: Belongings) -> Sequence[str]:
    return (
        f"{count(there.plays, 'play')}{_alone(there)}",
        f"{count(there.imports, 'import')} and {count(there.jobs, 'job')}, with receipts and steps",
        "which days are proven and which are open, the choices, and every event that names them but the last",
        f"the sealed login for the Spotify account {one.account}: Spotify is not asked for it any more",
    )


def stays(name: str) -> Sequence[str]:
    return (
        "an id with a date, so that nothing that still comes brings them back",
        f"the name in one event, which says that {name} was removed: for as long as events are kept",
        "backups that were made before, and whatever was downloaded",
        "everything at Spotify: their history there, and the permission, until it is withdrawn on the account's page",
    )


def sentence(one: Listener, there: Belongings) -> str:
    """All that goes, for somebody who is asked in a terminal."""
    brought = f"{count(there.plays, 'play')}{_alone(there)}, {count(there.imports, 'import')}"
    return f"Remove {one.name} with {brought}, {count(there.jobs, 'job')}, tokens and events?"


def is_meant(one: Listener, typed: str) -> bool:
    """Whether somebody has typed the name of whom they remove."""
    return typed.strip() == one.name


def _alone(there: Belongings) -> str:
    """Those that nobody else has."""
    if not there.never_imported:
        return ""
    which = "none of which" if there.never_imported == there.plays else f"{there.never_imported:,} of which"
    brought = "has come" if there.never_imported == there.plays else "have not come"
    return f" ({which} {brought} with an import: besides Spotify nobody has them)"
