"""The canary of `conftest.py` sings."""

import logging
from collections.abc import Callable

import pytest

from connectycube.errors import ApiError, InvalidInputError, TransportError

SECRET = "canary-in-a-mine"
Check = Callable[[], None]


def raise_with_cause() -> None:
    raise TransportError("no answer") from OSError(SECRET)


def raise_in_context() -> None:
    try:
        raise OSError(SECRET)
    except OSError:
        raise TransportError("no answer")  # noqa: B904 - the context is the subject


def raise_with_note() -> None:
    error = TransportError("no answer")
    error.add_note(SECRET)
    raise error


def raise_in_group() -> None:
    raise TransportError("no answer") from ExceptionGroup("several", [OSError(SECRET)])


def raise_at_once() -> None:
    raise InvalidInputError(SECRET)


def raise_refusal() -> None:
    raise ApiError(messages=[SECRET])


@pytest.mark.parametrize(
    "leak",
    [
        raise_with_cause,
        raise_in_context,
        raise_with_note,
        raise_in_group,
        raise_at_once,
        raise_refusal,
    ],
)
def test_an_error_that_shows_a_secret_fails_the_test(
    leak: Callable[[], None], check_canary: Check
) -> None:
    """Messages, causes, contexts, notes and groups are all seen, even of a caught error."""
    with pytest.raises((TransportError, InvalidInputError, ApiError)):
        leak()

    with pytest.raises(AssertionError, match=r"a secret shows up"):
        check_canary()


@pytest.mark.parametrize("name", ["connectycube.http", "aiohttp.client", "asyncio", "other"])
def test_a_log_line_that_shows_a_secret_fails_the_test(name: str, check_canary: Check) -> None:
    """Every logger is heard, from DEBUG on, with its arguments filled in."""
    logging.getLogger(name).debug("token %s", SECRET)

    with pytest.raises(AssertionError, match=r"a secret shows up"):
        check_canary()


def test_a_logged_exception_that_shows_a_secret_fails_the_test(check_canary: Check) -> None:
    """A logged traceback counts like a logged message."""
    try:
        raise OSError(SECRET)
    except OSError:
        logging.getLogger("connectycube").exception("failed")

    with pytest.raises(AssertionError, match=r"a secret shows up"):
        check_canary()


def test_a_secret_that_stays_inside_passes(check_canary: Check) -> None:
    """Hidden contexts and source lines of tests show nothing."""
    try:
        raise OSError(SECRET)
    except OSError:
        with pytest.raises(TransportError):
            raise TransportError("no answer") from None

    check_canary()


def test_a_check_forgets(check_canary: Check) -> None:
    """What was found once is not found again."""
    logging.getLogger("connectycube").debug(SECRET)
    with pytest.raises(AssertionError):
        check_canary()

    check_canary()


def test_errors_are_made_as_without_it() -> None:
    """The watch changes neither arguments nor attributes."""
    error = ApiError("no", label="GET /x", status=418)

    assert ("no", "GET /x", 418) == (str(error), error.label, error.status)
