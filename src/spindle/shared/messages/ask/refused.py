"""What is said when a question cannot be answered."""

from spindle.shared.messages import Value


class Refused(Value):
    """The answer to a question that cannot be answered."""

    error: str
    wrong: bool = False
    """The question is at fault: it will never be answered. Anything else may be over in a moment."""
