"""What a store writes for a key: under which name, and in which form."""

import hashlib
import json
import logging
from collections.abc import Callable

from connectycube.errors import InvalidInputError
from connectycube.session import Session

_log = logging.getLogger("connectycube.session")


def entry_name(key: str) -> str:
    """Return a name for a key that any file system and any server takes, whatever the key holds."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class SessionFormat:
    """
    A session as bytes: JSON, encrypted where a pair of callables does that.

    Raises:
        InvalidInputError: one half of the pair is missing.
    """

    def __init__(
        self,
        encrypt: Callable[[bytes], bytes] | None,
        decrypt: Callable[[bytes], bytes] | None,
    ) -> None:
        if (encrypt is None) != (decrypt is None):
            raise InvalidInputError("encrypt and decrypt go together")
        self._encrypt = encrypt
        self._decrypt = decrypt
        self._has_warned = False

    def write(self, session: Session) -> bytes:
        data = json.dumps(session.to_dict()).encode()
        return data if self._encrypt is None else self._encrypt(data)

    def read(self, data: bytes, place: str) -> Session | None:
        """Return the session, or `None`, with a warning, where these bytes are none."""
        try:
            return Session.from_dict(json.loads(self._decrypt(data) if self._decrypt else data))
        except Exception as error:  # noqa: BLE001 - a cipher raises what it likes, and may tell all
            self.warn(place, error)
            return None

    def warn(self, place: str, error: Exception) -> None:
        """Say once that something cannot be read: with the wrong key, that is every entry."""
        if not self._has_warned:
            self._has_warned = True
            # The class alone: texts of errors quote what they stumbled over.
            _log.warning(
                "a stored session cannot be read and counts as none: %s (%s)",
                place,
                type(error).__name__,
            )
