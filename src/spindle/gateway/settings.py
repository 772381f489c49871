"""What a gateway can be told from outside."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from spindle.shared.settings import BusSettings, SpotifySettings

_SHORTEST = 16


class Settings(BusSettings, SpotifySettings):
    port: int = Field(8765, ge=0, le=65535)
    """The port of the page. `up` takes another one when this one is taken and nobody asked for it."""
    host: str = "127.0.0.1"
    """The address that it listens on; in a container 0.0.0.0."""
    public_url: str = ""
    """Where people find the page, when that is not `http://127.0.0.1:PORT`: behind a proxy, say. Spotify sends them
    back to its `/callback`."""
    spotify_login_url: str = ""
    """Where browsers find Spotify's accounts service, when that is not where we do: in the demo in containers."""
    access_token: SecretStr = SecretStr("")
    """What opens the page and the HTTP API, at least 16 characters. `up` makes one and keeps it in the home."""
    upload_limit: int = Field(2048, ge=1)
    """Megabytes that may be uploaded at once."""
    # As the sync worker has it: for the bar of an initial sync.
    initial_sync_max_requests: int = Field(200, ge=1)
    """Pages that an initial sync asks for at most."""

    @field_validator("public_url")
    @classmethod
    def _address(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
            raise ValueError("an address is http://HOST or https://HOST, without a path")
        return text.rstrip("/")

    @field_validator("access_token")
    @classmethod
    def _long_enough(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if text and (len(text) < _SHORTEST or not text.isascii() or not text.isprintable() or " " in text):
            raise ValueError(f"at least {_SHORTEST} characters, no spaces: `openssl rand -hex 32` makes a good one")
        return token

    @property
    def address(self) -> str:
        """Where people find the page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.port}"  # noqa: S104

    @property
    def login_url(self) -> str:
        return self.spotify_login_url or self.spotify_accounts_url

    @property
    def callback(self) -> str:
        """Where Spotify sends people back to; to be entered in its dashboard, letter by letter."""
        return f"{self.address}/callback"

    @property
    def hosts(self) -> tuple[str, ...]:
        """By which the page may be called; anything else is somebody who makes a browser believe that we are theirs."""
        name = urlsplit(self.address).hostname or ""
        return tuple({"127.0.0.1", "localhost", "[::1]", f"[{name}]" if ":" in name else name} - {""})

    @property
    def is_encrypted(self) -> bool:
        return self.address.startswith("https:")
