"""What there is of a listener."""

from typing import ClassVar

from spindle.shared.ids import UserId
from spindle.shared.messages import Message, Value


class AskBelongings(Message):
    """How much there is of a listener, all of which would go with them."""

    subject: ClassVar[str] = "ask.belongings"

    user: UserId


class Belongings(Value):
    plays: int
    never_imported: int
    """Of the plays, those that no import has brought: besides Spotify nobody has them."""
    imports: int
    jobs: int
