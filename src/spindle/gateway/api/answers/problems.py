"""What is answered instead, when something is wrong: problem details (RFC 9457)."""

from spindle.gateway.api.answers.shape import Shape

MEDIA = "application/problem+json"


class ProblemDetails(Shape):
    type: str
    """`about:blank`: the status says what kind of problem it is."""
    title: str
    status: int
    detail: str
    """What is wrong and what to do, in words."""
