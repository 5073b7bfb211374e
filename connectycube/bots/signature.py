"""What a function asks for: its parameters, looked at once."""

import difflib
import inspect
from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from connectycube.bots.errors import HandlerSignatureError
from connectycube.values import frozen

UNKNOWN: Final = inspect.Parameter.empty
_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@frozen(kw_only=True)
class Asked:
    """
    A parameter.

    Attributes:
        annotation: `UNKNOWN` where there is none, or none that can be evaluated.
        default: `UNKNOWN` where there is none.
    """

    name: str
    annotation: Any
    default: Any


def name_of(function: Callable[..., Any]) -> str:
    """Return how a function is called in messages, and where it is."""
    inner = inspect.unwrap(function)
    inner = getattr(inner, "func", inner)  # of a partial
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    code = getattr(inner, "__code__", None)
    module = getattr(inner, "__module__", "?")
    return f"{module}.{name}" + (f" (line {code.co_firstlineno})" if code else "")


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it gives something to be awaited."""
    inner = getattr(function, "func", function)
    call = getattr(inner, "__call__", None)  # noqa: B004 - whether it is async is the question
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(call)


def check_async(function: Any, what: str) -> None:
    """
    Refuse what cannot be awaited.

    Raises:
        HandlerSignatureError: it is no async function.
    """
    if not callable(function) or not is_async(function):
        raise HandlerSignatureError(f"{what} must be an async function: {function!r}")


def asked_by(function: Callable[..., Any]) -> list[Asked]:
    """
    Return a function's parameters.

    Raises:
        HandlerSignatureError: it has some that cannot be given by name.
    """
    try:
        signature = inspect.signature(function, eval_str=True)
    except NameError:  # an import for type checkers alone
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise HandlerSignatureError(f"{function!r} does not tell what it takes") from error
    asked = []
    for parameter in signature.parameters.values():
        if parameter.kind not in _NAMED:
            raise HandlerSignatureError(
                f"{name_of(function)}: {parameter} cannot be given by its name"
            )
        annotation = parameter.annotation
        asked.append(
            Asked(
                name=parameter.name,
                annotation=UNKNOWN if isinstance(annotation, str) else annotation,
                default=parameter.default,
            )
        )
    return asked


def fits(annotation: Any, given: Any) -> bool:
    """Whether something of a given type may be passed where this is annotated; in doubt, yes."""
    if isinstance(given, tuple):
        return all(fits(annotation, each) for each in given)
    if annotation in (UNKNOWN, Any, object) or isinstance(annotation, TypeVar):
        return True
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return any(fits(each, given) for each in get_args(annotation))
    annotated = origin or annotation
    if not isinstance(annotated, type) or getattr(annotated, "_is_protocol", False):
        return True
    return not isinstance(given, type) or issubclass(given, annotated)


def near(name: str, known: Iterable[str]) -> str:
    """Return a hint at what was meant."""
    known = sorted(known)
    meant = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known)}"
