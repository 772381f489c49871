"""Templates into pages."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup
from starlette.templating import Jinja2Templates

from spindle.gateway.charts.shares import share
from spindle.gateway.statics import static
from spindle.people import periods
from spindle.people.events import KINDS
from spindle.people.heard import by_whom, counted, listened, moved
from spindle.people.wording import brief, capital, clock, command, count, day, distance, here, instant, local
from spindle.shared.ids import now
from spindle.shared.messages.ask import JobRow

_HUES = 8
_TITLES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "That does not work",
    HTTPStatus.NOT_FOUND: "There is no such thing here",
    HTTPStatus.CONFLICT: "That was refused",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That makes no sense here",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Spindle failed at this",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not just now",
}
"""For people, to whom the words of HTTP mean nothing."""


def page(request: Request, template: str, told: Mapping[str, object], status: int = 200) -> Response:
    return _TEMPLATES.TemplateResponse(request, template, dict(told), status)


def pieces(request: Request, template: str, told: Mapping[str, object]) -> Iterator[str]:
    """Of a page; each is made when it is asked for."""
    return _TEMPLATES.get_template(template).generate(request=request, **told)


def titled(status: int) -> str:
    """What a page is called that tells of trouble."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def _ago(at: datetime | None) -> str | Markup:
    """`3 min ago`, which the page keeps true."""
    if at is None:
        return "-"
    words = distance(at, now())
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(instant(at), local(at), words)


def _clock(at: datetime) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(instant(at), local(at), clock(at, now()))


def _date(at: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(instant(at), day(at))


def _took(row: JobRow) -> str:
    return brief((row.finished_at or now()) - row.started_at)


def _code(text: str) -> Markup:
    """With what stands between backticks as something to type."""
    parts = enumerate(text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in parts)


def _hue(user: str) -> int:
    """One of a few colours, always the same for the same listener."""
    return sum(user.encode()) % _HUES


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


_TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")
_TEMPLATES.env.trim_blocks = _TEMPLATES.env.lstrip_blocks = True
_TEMPLATES.env.globals |= {"events": " ".join(KINDS), "static": static, "zip": zip}
_TEMPLATES.env.filters |= {
    "ago": _ago,
    "by_whom": by_whom,
    "clock": _clock,
    "code": _code,
    "command": command,
    "date": _date,
    "took": _took,
    "when": lambda at: clock(at, now()),
    "brief": brief,
    "distance": lambda at: distance(at, now()),
    "capital": capital,
    "count": count,
    "counted": counted,
    "from_to": lambda streak: periods.from_to(streak.first, streak.last),
    "hour": lambda at: here(at).strftime("%H:%M:%S"),
    "hue": _hue,
    "initials": _initials,
    "instant": instant,
    "listened": listened,
    "local": local,
    "moved": moved,
    "number": "{:,}".format,
    "plain_day": periods.day,
    "share": share,
    "titled": titled,
    "weekday": lambda at: f"{at:%A}, {periods.day(at)}",
}
