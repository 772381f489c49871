"""What is posted to `/control`, and how a mistake in it is answered: one clear line."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spindle.simulator.clock import moment, unix_ms
from spindle.simulator.listeners import Listener
from spindle.simulator.settings import Refresh
from spindle.simulator.simulation import simulation
from spindle.simulator.worlds.plays import Oddity, Told


class Mistake(Exception):
    """A request to `/control` that cannot be carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def mistaken(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, error.status if isinstance(error, Mistake) else 500)


def milliseconds(value: object) -> int:
    """From Unix milliseconds or from a time as text; without a zone it is UTC."""
    if isinstance(value, str) and not value.isdigit():
        at = datetime.fromisoformat(value)
        return unix_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
    if isinstance(value, int | str) and not isinstance(value, bool):
        return unix_ms(moment(int(value)))  # there and back: a year beyond 9999 is refused
    raise ValueError("neither Unix milliseconds nor a time")


At = Annotated[int, BeforeValidator(milliseconds)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SetClock(Body):
    set: At | None = None
    advance_seconds: float | None = Field(None, ge=0, allow_inf_nan=False)
    speed: float | None = Field(None, ge=0, le=1_000_000)


class AddListener(Body):
    name: str | None = Field(None, min_length=1, max_length=100)
    listening_now: bool | None = None


class AddTrack(Body):
    id: str | None = None
    name: str
    artist: str
    album: str | None = None
    duration_ms: int = Field(200_000, ge=1)


class AddPlay(Body):
    listener: str
    played_at: At | None = None
    ms_played: int | None = Field(None, ge=0)
    visible_at: At | None = None
    told: Told = Told.END
    paused_ms: int = Field(0, ge=0)
    private: bool = False
    track: str | AddTrack | None = None
    oddity: Oddity | None = None


class ChangeTokens(Body):
    listener: str | None = None
    expire_access: bool = False
    revoke: bool = False
    revoke_token: str | None = None
    refresh: Refresh | None = None
    access_seconds: float | None = Field(None, ge=0, le=86_400)


B = TypeVar("B", bound=BaseModel)


async def posted(request: Request, form: type[B]) -> B:
    try:
        return form.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise Mistake(400, f"{where}: {what}" if where else what) from error


def listener_called(request: Request, own: str) -> Listener:
    found = simulation(request).listeners.get(own)
    if found is None:
        raise Mistake(404, f"no listener {own!r}")
    return found


def at_or(request: Request, name: str, default: int) -> int:
    """A time in the query."""
    text = request.query_params.get(name)
    try:
        return default if text is None else milliseconds(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise Mistake(400, f"{name}: neither Unix milliseconds nor a time") from error


def count_or(request: Request, name: str, default: int) -> int:
    """A whole number in the query."""
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise Mistake(400, f"{name}: not a number")
    return int(text)
