"""What leads to the live service, and when that is refused."""

import pytest

from connectycube.errors import InvalidInputError
from connectycube.live import VARIABLE, refuse_live

LIVE = [
    "https://api.connectycube.com/session",
    "HTTPS://API.ConnectyCube.COM:443/session",
    "https://api.connectycube.com./session",
    "https://own.api.connectycube.com",
    "https://connectycube.com",
    "wss://chat.connectycube.com:5291",
    "https://someone@api.connectycube.com/",
]
ELSEWHERE = [
    "http://127.0.0.1:8787/connectycube.com",
    "https://notconnectycube.com/session",
    "https://connectycube.com.example.org/session",
    "https://example.org/?host=api.connectycube.com",
    "https://api.connectycube.com@example.org/",
    "no URL",
]


@pytest.mark.parametrize("url", LIVE)
@pytest.mark.parametrize("said", ["no", "NO ", "off", "false", "0"])
def test_what_leads_to_the_live_service_is_refused(
    url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However its host is spelled; the message says what to do, and shows no path or user."""
    monkeypatch.setenv(VARIABLE, said)

    with pytest.raises(InvalidInputError, match="GET /x: this leads to the live service") as told:
        refuse_live(url, "GET /x")

    assert "connectycube_live" in str(told.value)
    assert "session" not in str(told.value)
    assert "someone" not in str(told.value)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_all_else_may_be_reached(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that only looks like it is somebody else's."""
    monkeypatch.setenv(VARIABLE, "no")

    refuse_live(url, "GET /x")


@pytest.mark.parametrize("said", [None, "", "yes"])
@pytest.mark.parametrize("url", LIVE)
def test_without_a_word_against_it_the_live_service_may_be_reached(
    url: str, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that say nothing are not held up."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(VARIABLE, said)

    refuse_live(url, "GET /x")
