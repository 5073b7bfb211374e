"""Where the chat answers, read off a service's hosts."""

import pytest

from connectycube.errors import InvalidInputError
from connectycube.frames import ChatAddress
from connectycube.http import Hosts


@pytest.mark.parametrize(
    ("chat", "host", "port"),
    [
        ("chat.connectycube.com", "chat.connectycube.com", 5223),
        ("localhost:9000", "localhost", 9000),
        ("127.0.0.1:9000", "127.0.0.1", 9000),
        ("[::1]:9000", "::1", 9000),
        ("[::1]", "::1", 5223),
        ("::1", "::1", 5223),
    ],
)
def test_where_it_answers(chat: str, host: str, port: int) -> None:
    """The port for TLS unless another is named."""
    address = ChatAddress.from_hosts(Hosts(chat=chat, muc="muc.test", chat_websocket="wss://x"))

    assert (host, host, port) == (address.domain, address.host, address.port)
    assert ("muc.test", "wss://x") == (address.muc, address.websocket_url)


@pytest.mark.parametrize(
    "chat", ["", ":5223", "host:", "host:x", "host:0", "host:99999", "host:-1"]
)
def test_what_is_no_host(chat: str) -> None:
    """It is refused before anybody is asked."""
    with pytest.raises(InvalidInputError):
        ChatAddress.from_hosts(Hosts(chat=chat))
