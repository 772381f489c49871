"""What can be wrong with what was handed over; the message is for the person who did.

ArchiveError
├── NotAnArchive    neither a ZIP nor a JSON array of rows
├── Damaged         it ends too early, or does not unpack; what came before is good
├── TooLarge        it unpacks to more than is allowed
├── Gone            not all of what was uploaded is there
└── NoRoom          it fits into the store, but not together with what it is cut into
"""


class ArchiveError(Exception):
    """The file could not be read."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class NotAnArchive(ArchiveError):
    """This is neither a ZIP nor a JSON file of a listening history."""


class Damaged(ArchiveError):
    """The file is damaged."""


class TooLarge(ArchiveError):
    """The file is larger than is allowed."""


class Gone(ArchiveError):
    """The upload is no longer there: import the files again."""


class NoRoom(ArchiveError):
    """NATS has no room for what it is cut into: import it again when other imports have ended."""
