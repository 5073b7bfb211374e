"""Sessions: where they come from, how long they live, and how that is known."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from connectycube.errors import InvalidInputError
from connectycube.http import Headers
from connectycube.models.user import User
from connectycube.session import Session, announced_lifetime, default_lifetime, margin

TOKEN = "canary-token"
NOON = datetime(2024, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "date", "seconds"),
    [
        ("2024-06-10 14:00:00 UTC", NOON, 7200.0),
        ("2024-06-10 14:00:00", NOON, 7200.0),
        ("2024-06-11 12:00:00 UTC", NOON, 86400.0),
        ("2024-06-10 12:00:01 UTC", NOON, 1.0),
        ("2024-06-10 12:00:00 UTC", NOON, None),
        ("2024-06-10 11:00:00 UTC", NOON, None),
        ("1999-01-01 02:00:00 UTC", datetime(1999, 1, 1, tzinfo=UTC), 7200.0),
        ("2099-01-01 02:00:00 UTC", datetime(2099, 1, 1, tzinfo=UTC), 7200.0),
        ("soon", NOON, None),
        ("", NOON, None),
        ("1718028000", NOON, None),
    ],
)
def test_a_lifetime_is_the_span_of_two_dates(
    ends: str, date: datetime, seconds: float | None
) -> None:
    """Both ends are the service's own time, so this machine's date does not matter."""
    headers = {"CB-Token-ExpirationDate": ends, "Date": format_datetime(date, usegmt=True)}

    assert seconds == announced_lifetime(Headers(headers))
    assert seconds == announced_lifetime(
        Headers({name.lower(): value for name, value in headers.items()})
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Date": format_datetime(NOON, usegmt=True)},
        {"CB-Token-ExpirationDate": "2024-06-10 14:00:00 UTC"},
        {"CB-Token-ExpirationDate": "2024-06-10 14:00:00 UTC", "Date": "noon"},
        {"CB-Token-ExpirationDate": "2024-06-10 14:00:00 UTC", "Date": ""},
    ],
)
def test_half_an_announcement_is_none(headers: dict[str, str]) -> None:
    """Without both dates nothing is announced."""
    assert announced_lifetime(Headers(headers)) is None


@pytest.mark.parametrize(
    ("user", "seconds"),
    [(None, 7200.0), (User(id=1), 7200.0), (User(id=1, is_guest=True), 86400.0)],
)
def test_lifetimes_by_default(user: User | None, seconds: float) -> None:
    """Two hours, a day for guests, where the answer names none."""
    assert seconds == default_lifetime(Session(token=TOKEN, user=user))


@pytest.mark.parametrize(
    ("lifetime", "seconds"), [(7200.0, 60.0), (600.0, 60.0), (100.0, 10.0), (1.0, 0.1)]
)
def test_the_margin_is_a_minute_or_a_tenth(lifetime: float, seconds: float) -> None:
    """A session is renewed shortly before its end, and a short one is still of use."""
    assert seconds == margin(lifetime)


@pytest.mark.parametrize(
    ("age", "leeway", "expired"),
    [
        (-1.0, 0.0, False),
        (0.0, 0.0, True),
        (1.0, 0.0, True),
        (-61.0, 60.0, False),
        (-60.0, 60.0, True),
    ],
)
def test_a_session_expires_at_its_end(age: float, leeway: float, expired: bool) -> None:  # noqa: FBT001 - a table's column
    """It has expired from that moment on; leeway says so earlier."""
    session = Session.from_token(TOKEN, expires_at=NOON)

    assert expired == session.is_expired(leeway, now=NOON + timedelta(seconds=age))


def test_the_end_is_compared_with_now() -> None:
    """Left to itself, `is_expired` asks this machine's clock."""
    hour = timedelta(hours=1)

    assert Session.from_token(TOKEN, expires_at=datetime.now(UTC) - hour).is_expired()
    assert not Session.from_token(TOKEN, expires_at=datetime.now(UTC) + hour).is_expired()


def test_a_session_of_unknown_end_counts_as_alive() -> None:
    """Only the service can tell."""
    assert not Session.from_token(TOKEN).is_expired(10**9)


def test_a_session_from_a_token() -> None:
    """A token is enough; whose it is and how long it lives may be added."""
    assert Session(token=TOKEN) == Session.from_token(TOKEN)
    assert Session(token=TOKEN, user_id=7, expires_at=NOON) == Session.from_token(TOKEN, 7, NOON)


@pytest.mark.parametrize("token", ["", "canary\n", "canary\r\nCB-Token: x", "canaryé", "\x00"])
def test_what_is_no_token_is_refused(token: str) -> None:
    """A token that no header can carry is refused at once, and not shown."""
    with pytest.raises(InvalidInputError, match="token"):
        Session.from_token(token)


@pytest.mark.parametrize("token", [None, 5, b"canary"])
def test_a_token_of_another_kind_is_refused(token: Any) -> None:
    """A token is text."""
    with pytest.raises(InvalidInputError, match="token"):
        Session.from_token(token)


def test_an_end_without_a_zone_is_refused() -> None:
    """A naive date means another moment on each machine."""
    with pytest.raises(InvalidInputError, match="expires_at"):
        Session.from_token(TOKEN, expires_at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    "session",
    [
        Session(token=TOKEN),
        Session(token=TOKEN, user_id=7, application_id=3, expires_at=NOON),
        Session(token=TOKEN, expires_at=NOON.astimezone(timezone(timedelta(hours=2)))),
    ],
)
def test_a_session_survives_a_store(session: Session) -> None:
    """What `to_dict` gives is JSON, and `from_dict` reads it back."""
    assert session == Session.from_dict(orjson.loads(orjson.dumps(session.to_dict())))


def test_a_stored_session_holds_no_user() -> None:
    """A profile does not belong into a store; its id does."""
    session = Session(token=TOKEN, user_id=7, user=User(id=7))

    assert {
        "token": TOKEN,
        "user_id": 7,
        "application_id": None,
        "expires_at": None,
    } == session.to_dict()
    assert Session(token=TOKEN, user_id=7) == Session.from_dict(session.to_dict())


def test_unknown_members_of_a_store_are_ignored() -> None:
    """A later version may have stored more."""
    assert Session(token=TOKEN) == Session.from_dict({"token": TOKEN, "later": 1})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"token": None},
        {"token": ""},
        {"token": 5},
        {"token": "canary\n"},
        {"token": TOKEN, "expires_at": "canary"},
        {"token": TOKEN, "expires_at": "2024-06-10T12:00:00"},
        {"token": TOKEN, "expires_at": 1718010309},
        {"token": TOKEN, "user_id": "canary"},
        {"token": TOKEN, "user_id": True},
        {"token": TOKEN, "application_id": []},
        [],
        None,
        "canary",
    ],
)
def test_what_is_no_stored_session_is_refused(data: Any) -> None:
    """A store that was tampered with is an error of its own, with no value in it."""
    with pytest.raises(InvalidInputError, match=r"^this is no session as to_dict\(\) gives it$"):
        Session.from_dict(data)


def test_a_session_is_a_value() -> None:
    """Sessions compare by what they hold, and survive pickle and copy."""
    session = Session(token=TOKEN, user_id=7, user=User(id=7), expires_at=NOON)

    assert session == pickle.loads(pickle.dumps(session))  # noqa: S301 - our own bytes
    assert session == copy.deepcopy(session)
