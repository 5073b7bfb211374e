"""What a command works with: from the environment, a profile file, and what login kept."""

from collections.abc import Mapping
from typing import Final

import attrs

from connectycube.cli.kept_session import KeptSession
from connectycube.fields import masked
from connectycube.values import frozen

PREFIX: Final = "CONNECTYCUBE_"
DEFAULT_BASE_URL: Final = "https://api.connectycube.com"
_ADDRESSES: Final = ("base_url", "chat_host", "chat_websocket", "muc_host")
_NAMES: Final = ("login", "email")


@frozen(kw_only=True)
class Settings:
    """
    What is known before anything is asked.

    Attributes:
        app_id: as it was given; the client says whether it can be right.
        login: this, `email`, or neither.
        token: of a session that was made elsewhere.
        chat_host: a host, or a host and a port; `None` lets the service's own be found.
        sources: where each came from: `environment`, `profile` or `login`.
    """

    app_id: str | None = None
    auth_key: str | None = attrs.field(default=None, repr=masked)
    auth_secret: str | None = attrs.field(default=None, repr=masked)
    base_url: str = DEFAULT_BASE_URL
    login: str | None = None
    email: str | None = None
    password: str | None = attrs.field(default=None, repr=masked)
    token: str | None = attrs.field(default=None, repr=masked)
    chat_host: str | None = None
    chat_websocket: str | None = None
    muc_host: str | None = None
    sources: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)

    @property
    def name(self) -> str | None:
        """The login or e-mail that signs in."""
        return self.login or self.email


KEYS: Final = tuple(field.name for field in attrs.fields(Settings) if field.name != "sources")
"""What a profile file may hold, and, in capitals behind `CONNECTYCUBE_`, the environment."""


def variable(key: str) -> str:
    """Return the name of the environment's variable for a setting."""
    return f"{PREFIX}{key.upper()}"


def settings_of(
    environ: Mapping[str, str], profile: Mapping[str, str], kept: KeptSession | None
) -> Settings:
    """Choose each setting: the environment wins over the profile, and that over what was kept."""
    layers: dict[str, Mapping[str, str]] = {
        "environment": {key: environ[variable(key)] for key in KEYS if environ.get(variable(key))},
        "profile": profile,
    }
    chosen: dict[str, str] = {}
    sources: dict[str, str] = {}
    for source, layer in layers.items():
        for key, value in _fitting(layer, chosen).items():
            chosen[key], sources[key] = value, source
    if kept is not None:
        for key, value in _kept(kept, chosen).items():
            chosen[key], sources[key] = value, "login"
    return Settings(**chosen, sources=sources)


def _fitting(layer: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return what a weaker source adds: never a password that belongs to somebody else."""
    added = {key: value for key, value in layer.items() if key not in chosen}
    if not any(key in chosen for key in _NAMES):
        return added
    is_same = all(layer.get(key) in (None, chosen.get(key)) for key in _NAMES)
    left_out = _NAMES if is_same else (*_NAMES, "password", "token")
    return {key: value for key, value in added.items() if key not in left_out}


def _kept(kept: KeptSession, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return what was kept, where it is of the same application at the same place."""
    told = {
        "app_id": str(kept.app_id),
        **{key: getattr(kept, key) for key in (*_ADDRESSES, *_NAMES)},
    }
    known = {key: value for key, value in told.items() if value}
    if any(key in chosen and chosen[key] != known.get(key) for key in ("app_id", "base_url")):
        return {}
    return _fitting(known, chosen)
