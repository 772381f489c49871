"""What the vault keeps of one listener, and what follows from it."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, field_serializer

from spindle.shared.consent import ends_at
from spindle.shared.spotify.accounts import Grant

MARGIN = timedelta(seconds=60)
"""A token with less left is renewed, so that it does not die on the way or while we wait for our turn."""

LEASE = timedelta(seconds=20)
"""How long one process may be renewing: longer than the whole call can last (`transport.TOTAL`), and its write."""


class Move(StrEnum):
    """What someone who needs an access token does next."""

    USE = "use"
    RENEW = "renew"
    WAIT = "wait"
    STOP = "stop"


class Lost(StrEnum):
    """How the answer to a renewal got lost, and with it perhaps the next refresh token."""

    PROCESS_ENDED = "process_ended"
    NO_ANSWER = "no_answer"


_LOST = {
    Lost.PROCESS_ENDED: "the answer to an earlier renewal was probably lost when a process ended, and with it the new"
    " refresh token",
    Lost.NO_ANSWER: "an earlier renewal was never answered, and a new refresh token may have been lost with it",
}


class Lease(BaseModel):
    """Who is renewing the access token just now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    holder: str
    until: AwareDatetime


class Record(BaseModel):
    """One listener's tokens. It exists in clear only in memory; its errors and its repr hide the secrets."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    login: str
    """Which login this comes from, kept by every renewal: tells one's own write from a later login's."""
    client_id: str
    refresh_token: SecretStr
    access_token: SecretStr | None = None
    renewed_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    authorized_at: AwareDatetime | None = None
    """When the listener consented: the refresh token dies 6 months later (facts.md §0, 5). None: nobody knows."""
    scope: str | None = None
    disconnected_since: AwareDatetime | None = None
    disconnected_reason: str | None = None
    lease: Lease | None = None
    lost: Lost | None = None
    """Why Spotify may refuse this refresh token although nobody has withdrawn it; None since a renewal succeeded."""

    @field_serializer("refresh_token", "access_token", when_used="json")
    def _revealed(self, token: SecretStr | None) -> str | None:
        return token.get_secret_value() if token else None

    def encoded(self) -> bytes:
        """For the sealer only."""
        return self.model_dump_json().encode()

    def leased(self, holder: str, now: datetime) -> "Record":
        """A lease that is still there was never given back: its holder ended, or does not answer."""
        lost = Lost.PROCESS_ENDED if self.lease else self.lost
        return self.model_copy(update={"lease": Lease(holder=holder, until=now + LEASE), "lost": lost})

    def released(self, lost: Lost | None = None) -> "Record":
        return self.model_copy(update={"lease": None, "lost": lost or self.lost})

    def renewed(self, grant: Grant, now: datetime) -> "Record":
        """A success heals: whoever was refused with the same refresh token was refused too late or too early."""
        return self.model_copy(
            update={
                "refresh_token": grant.refresh_token or self.refresh_token,
                "access_token": grant.access_token,
                "renewed_at": now,
                "expires_at": grant.expires_at,
                "scope": grant.scope or self.scope,
                "disconnected_since": None,
                "disconnected_reason": None,
                "lease": None,
                "lost": None,
            }
        )

    def blamed(self, said: str, now: datetime) -> str:
        """Why Spotify refuses the refresh token: what it says, and what it does not."""
        if self.authorized_at and ends_at(self.authorized_at) <= now:
            return f"{said}; the consent is older than six months"
        return f"{said}; {_LOST[self.lost]}" if self.lost else said

    def disconnected(self, reason: str, now: datetime) -> "Record":
        return self.model_copy(update={"disconnected_since": now, "disconnected_reason": reason, "lease": None})


def move(record: Record, rejected: SecretStr | None, me: str, now: datetime) -> Move:
    """`rejected` is an access token which the API has just refused with 401."""
    if record.disconnected_since:
        return Move.STOP
    if record.access_token != rejected and fresh(record, now):
        return Move.USE
    if record.lease and record.lease.holder != me and now < record.lease.until:
        return Move.WAIT
    return Move.RENEW


def fresh(record: Record, now: datetime) -> bool:
    """The margin is never more than a quarter of the token's life: else one that lives a minute would never be used."""
    if not (record.access_token and record.renewed_at and record.expires_at):
        return False
    return now + min(MARGIN, (record.expires_at - record.renewed_at) / 4) < record.expires_at


def same_token(sent: Record, latest: Record) -> bool:
    """Whether what Spotify answered to the one is true of the other: it is the token that was sent."""
    return latest.refresh_token == sent.refresh_token


def same_renewal(sent: Record, latest: Record) -> bool:
    """For a refusal: a renewal with the same token that succeeded meanwhile refutes it, too."""
    return same_token(sent, latest) and latest.renewed_at == sent.renewed_at
