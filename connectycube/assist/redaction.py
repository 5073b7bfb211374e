"""What personal data looks like in a text, and what stands in its place."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

Redactor: TypeAlias = Callable[[str], str]
"""Returns a text without what must stay private."""

# Every pattern begins where nothing of its own kind stands before it, so that none is slow on a
# long text that was written to make it so.
_EMAIL: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)++")
_NAMED: Final = re.compile(
    r"\b(?P<name>pass(?:word|code|phrase)?|passwd|pwd|pin|otp|cvv|cvc|secret|token|bearer"
    r"|(?:api|access|auth|private|secret)[ _-]?key)"
    r"(?P<says>[\"']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}[\"']?|(?<=bearer)\s)(?P<secret>[^\s\"'&,;]+)",
    re.IGNORECASE,
)
_JWT: Final = re.compile(r"(?<![\w-])eyJ[\w-]++(?:\.[\w-]*+){1,4}")
_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{16,}+")
_KNOWN_KEY: Final = re.compile(
    r"(?:[spr]k|gh[opsu]|github_pat|glpat|xox[abeprs]|AKIA|ASIA|AIza|hf|npm|pypi)[-_A-Z0-9]"
)
_DIGITS: Final = re.compile(r"(?<!\d)(?:\+|\(\+?)?\d(?:[ \t./()\u00a0\u2010-\u2015-]{0,3}\d){6,}")
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE: Final = re.compile(
    rf"(?:{_YEAR}([-./]){_MONTH}\1{_DAY}|{_DAY}([-./]){_MONTH}\2{_YEAR}"
    rf"|{_MONTH}([-./]){_DAY}\3{_YEAR})(?: [0-2]?\d)?"
)
_CARD: Final = range(13, 20)  # digits
_LONGEST_PHONE: Final = 15  # digits, by E.164
_LONG: Final = 20
_MANY_DIGITS: Final = 3


def mask_private(text: str) -> str:
    """
    Replace e-mail addresses, telephone and card numbers, tokens and told passwords in a text.

    They become `[e-mail]`, `[phone]`, `[card]`, `[number]`, `[token]` and `[secret]`. In doubt it
    hides: any seven digits on end that are no date may be somebody's number. It knows what things
    look like, not what they mean: names, addresses and what is spelled out in words stay, and a
    secret that is told over several messages may. Where more is at stake, give a redactor of your
    own.
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _NAMED.sub(lambda found: f"{found['name']}{found['says']}[secret]", text)
    text = _JWT.sub("[token]", text)
    text = _RUN.sub(_token, text)
    return _DIGITS.sub(_number, text)


def _token(found: re.Match[str]) -> str:
    """Tell what a machine made from a long word, a file's name or a number."""
    run = found[0]
    digits = sum(char.isdigit() for char in run)
    letters = [char for char in run if char.isalpha()]
    if _KNOWN_KEY.match(run) and digits:
        return "[token]"
    if len(run) < _LONG or not digits or not letters:
        return run
    has_both_cases = len({char.isupper() for char in letters}) > 1
    is_hexadecimal = all(char in "abcdefABCDEF" for char in letters)
    is_one_word = run.rstrip("=").isalnum() and digits >= _MANY_DIGITS
    return "[token]" if has_both_cases or is_hexadecimal or is_one_word else run


def _number(found: re.Match[str]) -> str:
    run = found[0]
    if _DATE.fullmatch(run):
        return run
    digits = [int(char) for char in run if char.isdigit()]
    if len(digits) in _CARD and _is_card(digits):
        return "[card]"
    return "[phone]" if len(digits) <= _LONGEST_PHONE else "[number]"


def _is_card(digits: list[int]) -> bool:
    """Say whether the check digit is right, by Luhn's rule."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return sum(doubled, sum(digits[::-2])) % 10 == 0
