"""Settings that several services read from the environment, each prefixed SPINDLE_."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class BusSettings(BaseSettings):
    """Where NATS is; several nodes of a cluster are separated by commas."""

    model_config = SettingsConfigDict(env_prefix="SPINDLE_", env_ignore_empty=True, frozen=True)

    nats_url: str = "nats://127.0.0.1:4222"


class SpotifySettings(BaseSettings):
    """Which Spotify, and as whom. Nothing here or anywhere else knows whether it is the real one."""

    model_config = SettingsConfigDict(env_prefix="SPINDLE_", env_ignore_empty=True, frozen=True)

    spotify_api_url: str = "https://api.spotify.com/v1"
    spotify_accounts_url: str = "https://accounts.spotify.com"
    spotify_client_id: str = ""
    spotify_client_secret: SecretStr | None = None
    secret_key: SecretStr = SecretStr("")
    """Seals the tokens: 32 bytes in base64 or hexadecimal."""
