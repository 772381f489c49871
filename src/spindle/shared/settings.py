"""Settings that several services read from the environment, each prefixed SPINDLE_."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

FROM_OUTSIDE = SettingsConfigDict(
    env_prefix="SPINDLE_",
    env_ignore_empty=True,
    frozen=True,
    use_attribute_docstrings=True,  # docs/settings.md says what each means
)


class BusSettings(BaseSettings):
    model_config = FROM_OUTSIDE

    nats_url: str = "nats://127.0.0.1:4222"
    """A NATS of yours; several nodes of a cluster are separated by commas, and no password may hold one. Without it
    `up` starts one of its own."""


class ClientSettings(BaseSettings):
    """In whose name Spotify is asked."""

    model_config = FROM_OUTSIDE

    spotify_client_id: str = ""
    """Your application. Without it, `up` runs the demo."""
    spotify_developer_account: str = ""
    """A name of yours for the account that owns the application. Client ids that share one need the same: Spotify
    counts their quota together."""


class SpotifySettings(ClientSettings):
    """Which Spotify, and as whom. Nothing here or anywhere else knows whether it is the real one."""

    spotify_api_url: str = "https://api.spotify.com/v1"
    """The Web API, or any server that speaks it."""
    spotify_accounts_url: str = "https://accounts.spotify.com"
    """The accounts service, which renews tokens."""
    spotify_client_secret: SecretStr | None = None
    """Your application's secret; without it tokens are renewed as PKCE has it."""
    spotify_budget: int = Field(90, ge=1, le=1_000_000)
    """Calls of the Web API in any 30 seconds, of all processes together. Spotify does not tell how many it allows."""
    secret_key: SecretStr = SecretStr("")
    """Seals the tokens: 32 random bytes in base64 or hexadecimal. `up` makes one and keeps it in the home. Of several
    keys, separated by white space, the first seals and each opens."""
    secret_key_file: Path | None = None
    """The file that holds them instead. Whoever runs reads it again when it changes."""

    @property
    def keys(self) -> SecretStr | Path:
        return self.secret_key_file or self.secret_key
