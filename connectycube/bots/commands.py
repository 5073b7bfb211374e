"""Commands: words behind a sign, such as `/start`, and what follows them."""

from collections.abc import Iterable
from typing import Any

from connectycube.bots.context import Context
from connectycube.bots.filters import Filter, Found, SimpleFilter
from connectycube.errors import InvalidInputError
from connectycube.values import frozen


@frozen(kw_only=True)
class Command:
    """
    A command as it was given.

    Attributes:
        name: as it was registered.
        text: what follows it, without space around it.
    """

    name: str
    text: str = ""


@frozen(kw_only=True)
class CommandHelp:
    """
    A command as it is offered.

    Attributes:
        usage: such as `/remind MINUTES TEXT...`.
        description: the first line of its handler's docstring, unless another is given.
    """

    name: str
    usage: str
    description: str = ""


def command(names: Iterable[str], prefix: str) -> Filter:
    """
    Hold for messages that begin with one of these commands, in capitals or not.

    Raises:
        InvalidInputError: one cannot be a command.
    """
    known = {prefix + _checked(name): name for name in names}
    if not known or not prefix or any(sign.isspace() for sign in prefix):
        raise InvalidInputError("a command needs a name, and a prefix without spaces")
    folded = {written.casefold(): name for written, name in known.items()}

    def check(context: Context) -> Found:
        message = context.message
        if message is None or not message.body.startswith(prefix):
            return None
        written, *rest = message.body.split(maxsplit=1)
        name = folded.get(written.casefold())
        if name is None:
            return None
        return {"command": Command(name=name, text=rest[0].strip() if rest else "")}

    return SimpleFilter(check, {"command": Command})


def _checked(name: Any) -> str:
    if not isinstance(name, str) or not name or any(sign.isspace() for sign in name):
        raise InvalidInputError("a command is a word")
    return name
