"""Which names speak of secrets, and what is said to whoever puts one among the arguments."""

import re
from typing import Final

_SECRET: Final = re.compile(
    r"token|secret|pass(w|code|phrase|$)|pwd|jwt|signature|auth_?-?key|api_?-?key|private_?-?key"
    r"|credential|policy|cookie|authorization",
    re.IGNORECASE,
)
REFUSED: Final = "secrets are never taken from arguments, where `ps` and shell histories show them"
NO_SECRETS: Final = (
    f"{REFUSED}. Put this one into the environment (CONNECTYCUBE_PASSWORD, CONNECTYCUBE_AUTH_KEY,"
    " …) or into a profile file with mode 600, or let yourself be asked"
)


def is_secret_name(name: str) -> bool:
    """Say whether a member, an option or a field of this name holds a secret."""
    return _SECRET.search(name) is not None
