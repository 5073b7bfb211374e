"""Arguments of commands: what is read, what is refused, and how it is told."""

import enum
from typing import Any, Literal

import pytest

from connectycube.bots import Argument, CommandUsageError, HandlerSignatureError, Rest
from connectycube.bots.arguments import argument_spec, check_order, read_arguments, usage_of

ARGUMENT: Any = Argument  # subscribed by what no checker would let pass


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Even:
    """Something of an application's own."""

    def __init__(self, word: str) -> None:
        if int(word) % 2:
            raise ValueError(word)
        self.number = int(word)


def read(text: str, **wanted: Any) -> dict[str, Any]:
    specs = [
        argument_spec(name, *(want if isinstance(want, tuple) else (want,)))
        for name, want in wanted.items()
    ]
    return read_arguments(specs, text, usage_of("/do", specs))


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("", {}, {}),
        ("5", {"a": ARGUMENT[int]}, {"a": 5}),
        ("-5", {"a": ARGUMENT[int]}, {"a": -5}),
        ("0.5", {"a": ARGUMENT[float]}, {"a": 0.5}),
        ("word", {"a": ARGUMENT[str]}, {"a": "word"}),
        ('"two words"', {"a": ARGUMENT[str]}, {"a": "two words"}),
        ('""', {"a": ARGUMENT[str]}, {"a": ""}),
        ("it's", {"a": ARGUMENT[str]}, {"a": "it's"}),
        ('5"', {"a": ARGUMENT[str]}, {"a": '5"'}),
        ("On", {"a": ARGUMENT[bool]}, {"a": True}),
        ("LARGE", {"a": ARGUMENT[Size]}, {"a": Size.LARGE}),
        ("b", {"a": ARGUMENT[Literal["a", "b"]]}, {"a": "b"}),
        ("2", {"a": ARGUMENT[Literal[1, 2]]}, {"a": 2}),
        ("1 two", {"a": ARGUMENT[int], "b": ARGUMENT[str]}, {"a": 1, "b": "two"}),
        ("1", {"a": ARGUMENT[int], "b": (ARGUMENT[str], "none")}, {"a": 1, "b": "none"}),
        ("", {"a": (ARGUMENT[int], None)}, {"a": None}),
        ("1 2 3", {"a": ARGUMENT[list[int]]}, {"a": [1, 2, 3]}),
        ('x "y z"', {"a": ARGUMENT[list[str]]}, {"a": ["x", "y z"]}),
        ("x y", {"a": ARGUMENT[list]}, {"a": ["x", "y"]}),
        ('1  say "it"\nnow ', {"a": ARGUMENT[int], "b": Rest}, {"a": 1, "b": 'say "it"\nnow'}),
        ("", {"a": (Rest, "")}, {"a": ""}),
    ],
)
def test_arguments_are_read(text: str, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert found == read(text, **wanted)


@pytest.mark.parametrize(
    ("text", "wanted", "problem"),
    [
        ("", {"a": ARGUMENT[int]}, "a is missing"),
        ("", {"a": Rest}, "a is missing"),
        ("", {"a": ARGUMENT[list[int]]}, "a is missing"),
        ("1 2", {"a": ARGUMENT[int]}, "there is more than it takes"),
        ("x", {}, "there is more than it takes"),
        ("x", {"a": ARGUMENT[int]}, "a must be a whole number"),
        ("1_0", {"a": ARGUMENT[int]}, "a must be a whole number"),
        ("٣", {"a": ARGUMENT[int]}, "a must be a whole number"),
        ("9" * 5000, {"a": ARGUMENT[int]}, "a must be a whole number"),
        ("nan", {"a": ARGUMENT[float]}, "a must be a number"),
        ("1e999", {"a": ARGUMENT[float]}, "a must be a number"),
        ("maybe", {"a": ARGUMENT[bool]}, "a must be yes or no"),
        ("huge", {"a": ARGUMENT[Size]}, "a must be one of small, large"),
        ("3", {"a": ARGUMENT[Even]}, "a must be a Even"),
        ("1 x", {"a": ARGUMENT[list[int]]}, "a must be a whole number"),
    ],
)
def test_other_arguments_are_refused_in_words(
    text: str, wanted: dict[str, Any], problem: str
) -> None:
    """What is said of the problem quotes nobody, and no cause does."""
    with pytest.raises(CommandUsageError) as caught:
        read(text, **wanted)

    assert problem == caught.value.problem
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_class_of_one_s_own_reads_a_word() -> None:
    assert 4 == read("4", a=ARGUMENT[Even])["a"].number


def test_the_usage_is_told() -> None:
    specs = [
        argument_spec("user", ARGUMENT[int]),
        argument_spec("reasons", ARGUMENT[list[str]], None),
    ]

    assert "/ban USER [REASONS...]" == usage_of("/ban", specs)


@pytest.mark.parametrize(
    "specs",
    [
        [argument_spec("a", Rest), argument_spec("b", ARGUMENT[int])],
        [argument_spec("a", ARGUMENT[list[int]]), argument_spec("b", Rest)],
        [argument_spec("a", ARGUMENT[int], 1), argument_spec("b", ARGUMENT[int])],
    ],
)
def test_what_could_never_be_filled_is_refused(specs: list[Any]) -> None:
    with pytest.raises(HandlerSignatureError):
        check_order(specs)


@pytest.mark.parametrize("annotation", [ARGUMENT[dict[str, int]], ARGUMENT[int | str]])
def test_what_no_word_can_be_is_refused(annotation: Any) -> None:
    with pytest.raises(HandlerSignatureError, match="cannot be read from a word"):
        argument_spec("a", annotation)
