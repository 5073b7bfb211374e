"""Which hosts are this machine, or private, however they are spelled."""

import pytest

from connectycube.addresses import is_private, is_this_machine

MINE = [
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0X7F.1",
    "0177.0.0.1",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "192.168.257",
    "169.254.169.254",
    "0xA9FEA9FE",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nothing is bound here
    "0",
    "224.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "::",
    "ff02::1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "metadata.google.internal",
    "printer.local",
    "router.lan",
    "nas.home.arpa",
    "999.999.999.999",
    "1.2.3.4.5",
]
PUBLIC = [
    "api.connectycube.com",
    "s3.amazonaws.com",
    "8.8.8.8",
    "2001:4860:4860::8888",
    "localhost.example.com",
    "internal.example.com",
    "127.0.0.1.example.com",
    "0x7f.example.com",
]


@pytest.mark.parametrize("host", MINE)
def test_this_machine_is_private_too(host: str) -> None:
    assert is_this_machine(host)
    assert is_private(host)


@pytest.mark.parametrize("host", PRIVATE)
def test_private_hosts_are_not_this_machine(host: str) -> None:
    assert is_private(host)
    assert not is_this_machine(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_the_rest_is_the_open_internet(host: str) -> None:
    assert not is_private(host)
    assert not is_this_machine(host)
