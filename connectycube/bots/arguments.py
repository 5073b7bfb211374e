"""Arguments of a command: what a handler's signature asks for, read from what was written."""

import enum
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar, get_args, get_origin

from connectycube.bots.errors import CommandUsageError, HandlerSignatureError
from connectycube.values import frozen

T = TypeVar("T")
_WORD: Final = re.compile(r'"([^"]*)"|(\S+)')
_REQUIRED: Final = object()
Takes: TypeAlias = Literal["word", "words", "text"]


class _Marker(enum.Enum):
    ONE = "one"
    REST = "rest"


Argument: TypeAlias = Annotated[T, _Marker.ONE]
"""One word of a command, or several in double quotes: `minutes: Argument[int]`; lists take all."""
Rest: TypeAlias = Annotated[str, _Marker.REST]
"""All that is left of a command's text, as it was written."""


@frozen(kw_only=True)
class ArgumentSpec:
    """
    One argument of a command.

    Attributes:
        read: makes its value of a word, or raises `ValueError`.
        wanted: what it has to be, in words.
        takes: one word, all that are left, or the text that is left.
    """

    name: str
    read: Callable[[str], Any]
    wanted: str
    takes: Takes
    default: Any = _REQUIRED

    @property
    def is_required(self) -> bool:
        return self.default is _REQUIRED

    @property
    def usage(self) -> str:
        name = self.name.upper() + ("" if self.takes == "word" else "...")
        return name if self.is_required else f"[{name}]"


def is_argument(annotation: object) -> bool:
    """Whether a parameter is annotated as `Argument[...]` or `Rest`."""
    return any(isinstance(note, _Marker) for note in getattr(annotation, "__metadata__", ()))


def argument_spec(name: str, annotation: Any, default: Any = _REQUIRED) -> ArgumentSpec:
    """
    Return what an annotation asks for.

    Raises:
        HandlerSignatureError: no word can be made into that.
    """
    kind = get_args(annotation)[0]
    takes: Takes = "word"
    if _Marker.REST in annotation.__metadata__:
        takes = "text"
    elif get_origin(kind) is list:
        takes, kind = "words", (get_args(kind) or (str,))[0]
    elif kind is list:
        takes, kind = "words", str
    read, wanted = _reader(name, kind)
    return ArgumentSpec(name=name, read=read, wanted=wanted, takes=takes, default=default)


def check_order(specs: Iterable[ArgumentSpec]) -> None:
    """
    Refuse what could never be filled.

    Raises:
        HandlerSignatureError: something follows what takes all, or what may be left out.
    """
    before: ArgumentSpec | None = None
    for spec in specs:
        if before is not None and before.takes != "word":
            raise HandlerSignatureError(f"{before.name!r} takes all that is left: it comes last")
        if before is not None and not before.is_required and spec.is_required:
            raise HandlerSignatureError(f"{spec.name!r} comes before what may be left out")
        before = spec


def usage_of(command: str, specs: Iterable[ArgumentSpec]) -> str:
    """Return how a command is used, in a line."""
    return " ".join([command, *(spec.usage for spec in specs)])


def read_arguments(specs: Iterable[ArgumentSpec], text: str, usage: str) -> dict[str, Any]:
    """
    Read what was written after a command.

    Raises:
        CommandUsageError: it is too much, too little, or something else.
    """
    found: dict[str, Any] = {}
    left = text.strip()
    for spec in specs:
        if not left:
            if spec.is_required:
                raise CommandUsageError(usage, f"{spec.name} is missing")
            found[spec.name] = spec.default
        elif spec.takes == "text":
            found[spec.name], left = _made(spec, left, usage), ""
        elif spec.takes == "words":
            words = [_word(match) for match in _WORD.finditer(left)]
            found[spec.name], left = [_made(spec, word, usage) for word in words], ""
        else:
            match = _WORD.match(left)
            word = "" if match is None else _word(match)  # never: something is left
            found[spec.name] = _made(spec, word, usage)
            left = left[match.end() if match else 0 :].lstrip()
    if left:
        raise CommandUsageError(usage, "there is more than it takes")
    return found


def _word(match: re.Match[str]) -> str:
    return match[2] if match[1] is None else match[1]


def _made(spec: ArgumentSpec, word: str, usage: str) -> Any:
    try:
        return spec.read(word)
    except ValueError:
        # Without the cause, whose text quotes what somebody wrote.
        raise CommandUsageError(usage, f"{spec.name} must be {spec.wanted}") from None


def _reader(name: str, kind: Any) -> tuple[Callable[[str], Any], str]:
    if kind in _KNOWN:
        return _KNOWN[kind]
    if get_origin(kind) is Literal:
        choices = {str(choice).casefold(): choice for choice in get_args(kind)}
        return _chosen(choices), f"one of {', '.join(choices)}"
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        choices = {str(member.value).casefold(): member for member in kind}
        return _chosen(choices), f"one of {', '.join(choices)}"
    if isinstance(kind, type) and get_origin(kind) is None:
        return kind, f"a {kind.__name__}"
    raise HandlerSignatureError(f"{name!r} cannot be read from a word: {kind!r} is no class")


def _chosen(choices: dict[str, Any]) -> Callable[[str], Any]:
    def read(word: str) -> Any:
        if word.casefold() not in choices:
            raise ValueError
        return choices[word.casefold()]

    return read


def _whole(word: str) -> int:
    # What `int` takes besides, such as 1_000 or other scripts' digits, nobody means.
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", word):
        raise ValueError
    return int(word)


def _number(word: str) -> float:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", word):
        raise ValueError
    return float(word)


_KNOWN: Final[dict[Any, tuple[Callable[[str], Any], str]]] = {
    str: (str, "a text"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    bool: (
        _chosen({"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}),
        "yes or no",
    ),
}
