"""Errors as people and programs get them: a page, or problem details (RFC 9457)."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import nats.errors
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from spindle.gateway.rendering import page, titled
from spindle.people.errors import BadQuestion, NoAnswer, NoSuchListener, Problem, Refused
from spindle.shared.bus.errors import BusError

log = structlog.get_logger()

_API = "/api/"
_STATUS: dict[type[Exception], HTTPStatus] = {
    NoSuchListener: HTTPStatus.NOT_FOUND,
    NoAnswer: HTTPStatus.SERVICE_UNAVAILABLE,
    BadQuestion: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refused: HTTPStatus.CONFLICT,
    Problem: HTTPStatus.BAD_REQUEST,
    BusError: HTTPStatus.SERVICE_UNAVAILABLE,
    nats.errors.Error: HTTPStatus.SERVICE_UNAVAILABLE,
}
_UNSAID: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "nothing is at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "that cannot be done at this address",
}
"""Where nobody has said what is wrong."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """For programs."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    return JSONResponse(told, status, headers, "application/problem+json")


def said(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """As whoever asks can read it."""
    if request.url.path.startswith(_API):
        return problem(status, detail, headers)
    return page(request, "problem.html", {"title": titled(status), "detail": detail}, status)


def trouble(request: Request, error: Exception) -> tuple[HTTPStatus, str]:
    """What people are told of an error; of one that nobody foresaw the log says more."""
    kind = next((kind for kind in _STATUS if isinstance(error, kind)), None)
    if kind is None:
        log.error("a request failed", method=request.method, path=request.url.path, exc_info=error)
        return HTTPStatus.INTERNAL_SERVER_ERROR, "Spindle failed at this; its log says why"
    silent = not isinstance(error, Problem)
    return _STATUS[kind], "NATS does not answer just now; try again in a moment" if silent else str(error)


def _wrong(place: Sequence[int | str], why: str) -> str:
    """Without pydantic's names for the kinds that it tried."""
    named = ".".join(str(part) for part in place if re.fullmatch(r"\w+", str(part)))
    return f"{named}: {why.removeprefix('Value error, ')}"


def explain(app: FastAPI) -> None:
    """Every error of a request ends in one of these."""

    async def ours(request: Request, error: Exception) -> Response:
        return said(request, *trouble(request, error))

    async def asked_wrongly(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        told = [_wrong(each["loc"][1:], each["msg"]) for each in found if each["type"] != "none_required"]
        return said(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(told) or "that cannot be read")

    async def no_text(request: Request, _: Exception) -> Response:
        return said(request, HTTPStatus.UNPROCESSABLE_ENTITY, "something in it is no text: send it in UTF-8")

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        detail = str(getattr(error, "detail", "") or HTTPStatus(status).phrase)
        said_nothing = detail == HTTPStatus(status).phrase
        return said(request, status, _UNSAID.get(status, detail) if said_nothing else detail, headers)

    async def unforeseen(request: Request, error: Exception) -> Response:
        if isinstance(error.__cause__, tuple(_STATUS)):  # of an answer that had begun
            log.warning("an answer broke off", path=request.url.path, why=str(error.__cause__))
            return said(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error.__cause__))
        return said(request, *trouble(request, error))

    for kind in _STATUS:
        app.add_exception_handler(kind, ours)
    app.add_exception_handler(RequestValidationError, asked_wrongly)
    app.add_exception_handler(UnicodeEncodeError, no_text)  # a form may come in an encoding that tells half letters
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unforeseen)
