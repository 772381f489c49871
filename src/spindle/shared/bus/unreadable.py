"""Subjects and headers that are no text, which NATS carries like any other: nats-py 2.16 stops reading for ever at the
first of them, without an error and without a new connection, and whoever restarts is given it again."""

from nats.aio.client import Client
from nats.aio.msg import Msg


def forgiving(client: Client) -> Client:
    """The same, reading what cannot be read as well as it can be."""
    parsed, built = client._process_headers, client._build_message  # noqa: SLF001

    async def process_headers(headers: bytes) -> dict[str, str] | None:
        try:
            found: dict[str, str] | None = await parsed(headers)
        except (ValueError, IndexError):
            return None
        return found

    def build_message(sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None) -> Msg:
        found: Msg = built(sid, _text(subject), _text(reply), data, headers)
        return found

    client._process_headers = process_headers  # type: ignore[method-assign]  # noqa: SLF001
    client._build_message = build_message  # type: ignore[method-assign]  # noqa: SLF001
    return client


def _text(raw: bytes) -> bytes:
    return raw.decode(errors="replace").encode()
