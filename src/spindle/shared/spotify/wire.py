"""Spotify's own JSON, as far as we read it: a part that cannot be read is as if it were absent."""

import json
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from spindle.shared.spotify.errors import Malformed

T = TypeVar("T")


def _clean(value: object) -> object:
    """NUL and halves of surrogate pairs are legal in JSON and in no database; empty text says nothing."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode(errors="replace").decode() or None


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        return None


def moment(value: object) -> datetime:
    """UTC in milliseconds, with or without a fraction (facts.md §0, 2)."""
    if not isinstance(value, str) or "T" not in value:
        raise ValueError("not a time")
    at = datetime.fromisoformat(value)
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no time that anybody can have lived") from error
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _sendable(token: SecretStr) -> SecretStr:
    """A token travels in a header; anything else would be quoted in the error of the HTTP library."""
    text = token.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("not a token")
    return token


Maybe = Annotated[T | None, WrapValidator(_or_none)]
Text = Annotated[str, BeforeValidator(_clean)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Moment = Annotated[datetime, PlainValidator(moment)]
Token = Annotated[SecretStr, BeforeValidator(_clean), AfterValidator(_sendable)]


class Wire(BaseModel):
    """A part of Spotify's JSON. Its errors never quote what they were given."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Artist(Wire):
    id: Maybe[Text] = None
    name: Maybe[Text] = None


class Album(Wire):
    id: Maybe[Text] = None
    name: Maybe[Text] = None
    release_date: Maybe[Text] = None


class ExternalIds(Wire):
    isrc: Maybe[Text] = None


class Track(Wire):
    """Only what every generation of Spotify's fields has (facts.md §3.3); a local file has no id."""

    id: Maybe[Text] = None
    name: Maybe[Text] = None
    artists: Maybe[tuple[Maybe[Artist], ...]] = None
    album: Maybe[Album] = None
    duration_ms: Maybe[Number] = None
    external_ids: Maybe[ExternalIds] = None
    explicit: Maybe[bool] = None


class Context(Wire):
    uri: Maybe[Text] = None


class PlayHistory(Wire):
    """One play. Without its time it is none."""

    played_at: Moment
    track: Maybe[Track] = None
    context: Maybe[Context] = None


class Cursors(Wire):
    """Milliseconds of the newest and of the oldest item, as text."""

    after: Maybe[int] = None
    before: Maybe[int] = None


class Page(Wire):
    """A page of recently-played, newest first; an item that cannot be read is None."""

    items: tuple[Maybe[PlayHistory], ...]
    cursors: Maybe[Cursors] = None


class User(Wire):
    id: Maybe[Text] = None
    account_id: Maybe[Text] = None
    display_name: Maybe[Text] = None


class TokenAnswer(Wire):
    access_token: Token
    expires_in: Maybe[Number] = None
    refresh_token: Maybe[Token] = None
    scope: Maybe[Text] = None


class Complaint(Wire):
    """What is wrong, in the API's words: `message` today, `type` and `description` long ago."""

    message: Maybe[Text] = None
    description: Maybe[Text] = None
    reason: Maybe[Text] = None


class ErrorAnswer(Wire):
    """The API complains with an object, the accounts service with a word (facts.md §4)."""

    error: Maybe[Complaint | Text] = None
    error_description: Maybe[Text] = None


W = TypeVar("W", bound=Wire)


def read(model: type[W], body: bytes) -> W:
    """Raises `Malformed`, whose text and cause never quote the body: a token may be in it."""
    try:
        # Not `model_validate_json`: half a surrogate pair in one title would cost the whole page.
        return model.model_validate(json.loads(body.decode("utf-8-sig", errors="replace")))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, each["loc"])) or "all of it" for each in error.errors(include_input=False))
        raise Malformed(f"Spotify's answer cannot be read as {model.__name__}: {places[:200]}.") from None
    except (ValueError, RecursionError):
        raise Malformed("Spotify's answer is not JSON.") from None
