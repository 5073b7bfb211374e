"""Where file content may go to and come from: addresses of the open Internet, by https alone."""

from contextlib import suppress
from typing import Final

import anyio
import pytest

from connectycube import ConnectyCube, NoRetry, Session, TransportError
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport

API: Final = "https://api.connectycube.com"
SIGNED: Final = "?policy=canary-policy"
REFUSED: Final = {
    # not https
    "plain": "http://store.example/x",
    "plain, at its other port": "http://store.example:443/x",
    "a socket": "wss://store.example/x",
    "a file": "file:///etc/passwd",
    "data": "data:text/plain,x",
    "no scheme": "store.example/x",
    "nothing": "",
    # no host, or no port
    "no host": "https:///x",
    "only a port": "https://:443/x",
    "port zero": "https://store.example:0/x",
    "a port too large": "https://store.example:65536/x",
    "a port of letters": "https://store.example:https/x",
    "half an address": "https://[::1/x",
    # this machine by its number
    "dotted": "https://127.0.0.1/x",
    "with a port": "https://127.0.0.1:8443/x",
    "the whole of its network": "https://127.255.255.254/x",
    "decimal": "https://2130706433/x",
    "hexadecimal": "https://0x7f000001/x",
    "hexadecimal, large": "https://0X7F000001/x",
    "hexadecimal parts": "https://0x7f.0x0.0x0.0x1/x",
    "octal": "https://0177.0.0.1/x",
    "octal, long": "https://000000177.0.0.01/x",
    "octal as one": "https://017700000001/x",
    "two parts": "https://127.1/x",
    "three parts": "https://127.0.1/x",
    "mixed": "https://0x7f.1/x",
    "dotted, with a dot behind": "https://127.0.0.1./x",
    "two parts, with a dot behind": "https://127.1./x",
    "zero": "https://0/x",
    "unspecified": "https://0.0.0.0/x",
    "unspecified 6": "https://[::]/x",
    "6": "https://[::1]/x",
    "6, in full": "https://[0000:0000:0000:0000:0000:0000:0000:0001]/x",
    "mapped": "https://[::ffff:127.0.0.1]/x",
    "mapped, hexadecimal": "https://[::ffff:7f00:1]/x",
    "mapped, in full": "https://[0:0:0:0:0:FFFF:7F00:0001]/x",
    "compatible": "https://[::127.0.0.1]/x",
    "translated": "https://[64:ff9b::7f00:1]/x",
    "6to4": "https://[2002:7f00:1::]/x",
    # this machine by its name
    "localhost": "https://localhost/x",
    "localhost in capitals": "https://LOCALHOST/x",
    "localhost with a dot behind": "https://localhost./x",
    "below localhost": "https://store.localhost/x",
    "below localhost with a dot behind": "https://store.localhost./x",
    # private networks
    "ten": "https://10.0.0.1/x",
    "172.16": "https://172.16.0.1/x",
    "172.31": "https://172.31.255.255/x",
    "192.168": "https://192.168.1.1/x",
    "ten, decimal": "https://167772161/x",
    "carrier": "https://100.64.0.1/x",
    "unique local": "https://[fd00::1]/x",
    "site local": "https://[fec0::1]/x",
    "ten, mapped": "https://[::ffff:10.0.0.1]/x",
    "ten, translated": "https://[64:ff9b::a00:1]/x",
    "local": "https://nas.local/x",
    "internal": "https://store.internal/x",
    # the cloud's own
    "metadata": "https://169.254.169.254/latest/meta-data",
    "metadata, decimal": "https://2852039166/x",
    "metadata, hexadecimal": "https://0xA9FEA9FE/x",
    "metadata, mapped": "https://[::ffff:a9fe:a9fe]/x",
    "metadata 6": "https://[fd00:ec2::254]/x",
    "metadata by name": "https://metadata.google.internal/x",
    "metadata by name, with a dot behind": "https://Metadata.Google.Internal./x",
    "link local": "https://[fe80::1]/x",
    "link local of a zone": "https://[fe80::1%25eth0]/x",
    "this machine of a zone": "https://[::1%25lo]/x",
    # nobody's
    "multicast": "https://224.0.0.1/x",
    "multicast 6": "https://[ff02::1]/x",
    "broadcast": "https://255.255.255.255/x",
    "reserved": "https://240.0.0.1/x",
    "for documents": "https://192.0.2.1/x",
    "no number that there is": "https://256.256.256.256/x",
    "no number that there is, in one": "https://4294967296/x",
    # what programs read differently
    "a user": "https://user@store.example/x",
    "a user and a password": "https://user:canary-pw@store.example/x",
    "no user, but the sign": "https://@store.example/x",
    "a host as the user": "https://store.example@127.0.0.1/x",
    "a backslash": "https://store.example\\@127.0.0.1/x",
    "a backslash behind": "https://127.0.0.1\\.store.example/x",
    "a line break": "https://store.example/\r\nCB-Token: x",
    "a tab": "https://store.exam\tple/x",
    "a null": "https://store.example\x00.evil.example/x",
    "a blank": "https://store.example /x",
    "escaped": "https://127.0.0%2e1/x",
    "escaped name": "https://%6cocalhost/x",
    "wide digits": "https://１２７.0.0.1/x",  # noqa: RUF001 - that is the point
    "ringed digits": "https://①②⑦.⓪.⓪.①/x",
    "a wide dot": "https://127。0。0。1/x",
    "a letter of elsewhere": "https://ſtore.example/x",  # noqa: RUF001 - that is the point
    "an escaped slash for the host's end": "https://store.example%2f@127.0.0.1/x",
}
ALLOWED: Final = {
    "a name": "https://store.example/x",
    "a name in capitals": "HTTPS://STORE.EXAMPLE/x",
    "a name with a dot behind": "https://store.example./x",
    "a port": "https://store.example:8443/x",
    "the bucket in the host": "https://bucket.s3.amazonaws.com/x",
    "the bucket in the path": "https://s3.amazonaws.com/bucket/x",
    "a name of elsewhere": "https://xn--bcher-kva.example/x",
    "a public address": "https://93.184.216.34/x",
    "a public address 6": "https://[2606:2800:220:1:248:1893:25c8:1946]/x",
    "beside a private network": "https://172.32.0.1/x",
    "a name that begins like a number": "https://127.0.0.1.store.example/x",
    "a name that ends like one": "https://localhost.example/x",
    "a name that holds one": "https://mylocalhost.example/x",
    "another user's sign in the path": "https://store.example/@127.0.0.1",
    "escapes in the path": "https://store.example/a%2Fb%20c",
}
# Where the service itself is not in the open, what beside it is not either.
LOCAL: Final = {
    ("http://localhost:8080", "http://localhost:8080/_store/b"): True,
    ("http://localhost:8080", "http://127.0.0.1:9000/b"): True,
    ("http://127.0.0.1:8080", "https://[::1]/b"): True,
    ("http://[::1]:8080", "http://localhost./b"): True,
    ("http://localhost:8080", "https://store.example/b"): True,
    ("https://localhost:8443", "https://127.0.0.1/b"): True,
    ("https://10.0.0.7", "https://10.0.0.8/b"): True,
    ("https://192.168.1.7", "https://store.local/b"): True,
    ("https://[fd00::7]", "https://[fd00::8]/b"): True,
    ("https://10.0.0.7", "http://10.0.0.8/b"): False,
    ("https://localhost:8443", "http://localhost:8080/b"): False,
    ("http://localhost:8080", "ftp://localhost/b"): False,
    ("http://localhost:8080", "http://user@localhost/b"): False,
    ("http://localhost:8080", "http://localhost:0/b"): False,
    ("http://localhost:8080", "http://localhost\\@store.example/b"): False,
}


def left(way: str, target: str, *, base_url: str = API) -> list[Request]:
    """Return the requests that left for anything but the service, and answer them all."""
    sent: list[Request] = []

    def answer(request: Request) -> Reply:
        if request.label == "POST /blobs":
            access = {"params": target + SIGNED}
            blob = {"id": 3, "uid": "abc", "name": "a.bin", "blob_object_access": access}
            return Reply(201, {"blob": blob})
        if request.label == "GET /blobs/{uid}/download":
            return Reply(301, headers={"Location": target})
        if "(object store)" in request.label:
            sent.append(request)
        return Reply(200, b"content" if request.method == "GET" else None)

    transport = ScriptedTransport(answer)
    cube = ConnectyCube(21, "canary-key", base_url=base_url, transport=transport, retry=NoRetry())
    cube.set_session(Session.from_token("canary-t", user_id=7))

    async def go() -> None:
        if way == "upload":
            await cube.storage.upload(b"content", name="a.bin")
        else:
            assert b"content" == await cube.storage.download("abc")

    with suppress(TransportError):
        anyio.run(go)
    assert 0 == transport.open_responses
    return sent


@pytest.mark.parametrize("way", ["upload", "download"])
@pytest.mark.parametrize("target", REFUSED.values(), ids=REFUSED)
def test_content_never_goes_where_it_could_do_harm(way: str, target: str) -> None:
    """Not in the clear, and not to what only this machine or its network can reach."""
    if way == "download" and target == "store.example/x":
        target = "ftp://store.example/x"  # a relative path is at home in a redirect

    assert [] == left(way, target)


@pytest.mark.parametrize("way", ["upload", "download"])
@pytest.mark.parametrize("target", ALLOWED.values(), ids=ALLOWED)
def test_content_goes_anywhere_else(way: str, target: str) -> None:
    """To the very place that was named, with nothing of the session."""
    [request] = left(way, target)

    assert target.replace("HTTPS://", "https://") == request.url
    assert [] == [name for name in request.headers if name.lower().startswith("cb-")]
    assert "canary-t" not in request.url


@pytest.mark.parametrize("way", ["upload", "download"])
@pytest.mark.parametrize(("base_url", "target"), LOCAL)
def test_beside_a_service_that_is_local_a_store_may_be_local(
    way: str, base_url: str, target: str
) -> None:
    """But plain only beside a plain one, and never in a spelling that programs differ about."""
    expected = LOCAL[base_url, target]

    assert expected == (len(left(way, target, base_url=base_url)) == 1)


def test_the_tables_are_long_enough_to_mean_something() -> None:
    """Both ways for each."""
    assert len(REFUSED) + len(ALLOWED) + len(LOCAL) >= 40
