"""Users, dialogs and messages, as people, pipes and programs read them."""

import sys

import pytest

from .cli_stage import Crew

TERMINAL = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind"
)


def test_users_are_looked_up_by_what_names_them(crew: Crew) -> None:
    """An id, a login and an e-mail address each find their user, in the order asked for."""
    mara = crew.id_of("users", "mara")

    done = crew.shell("users", "jonas@example.org", mara, "stranger", "--json")

    assert (0, "") == (done.status, done.stderr)
    assert ["jonas", "mara", "stranger"] == [user["login"] for user in done.json]


def test_users_who_are_nobody_are_4(crew: Crew) -> None:
    """Those who are found are printed all the same."""
    done = crew.shell("users", "mara", "nobody", "--json")

    assert (4, ["mara"]) == (done.status, [user["login"] for user in done.json])
    assert "nobody is called nobody" in done.stderr


@pytest.mark.parametrize("option", [("--name", "Mara"), ("--tag", "crew")])
def test_users_are_searched_by_options(crew: Crew, option: tuple[str, str]) -> None:
    """A name's beginning and a tag find whoever has them."""
    done = crew.shell("users", *option, "--json")

    assert ["mara"] == [user["login"] for user in done.json]


def test_users_needs_to_know_whom(crew: Crew) -> None:
    """The service lists nobody who was not asked for, so nothing is sent."""
    assert 2 == crew.shell("users").status
    assert 2 == crew.shell("users", "mara", "--online").status


def test_dialogs_are_listed(crew: Crew) -> None:
    """A JSON array of dialogs, or the one that was named."""
    known = crew.id_of("dialogs", "crew")

    listed = crew.shell("dialogs", "--json").json
    groups = crew.shell("dialogs", "--type", "group", "--json").json
    named = crew.shell("dialogs", "--name", "Cre", "--json").json
    one = crew.shell("dialogs", known, "--json").json

    assert 2 == len(listed)
    assert [[known], [known]] == [[one["id"] for one in found] for found in (groups, named)]
    assert ("Crew", "Aye") == (one["name"], one["last_message"])


def test_a_dialog_that_is_none_is_4(crew: Crew) -> None:
    """What is not there has a status of its own."""
    assert 4 == crew.shell("dialogs", "0" * 24).status


def test_messages_are_read_from_the_oldest_and_stay_unread(crew: Crew) -> None:
    """The newest so many, in the order they were written; looking is not reading."""
    known = crew.id_of("dialogs", "crew")

    both = crew.shell("messages", known, "--json").json
    last = crew.shell("messages", known, "--limit", "1", "--json").json
    every = crew.shell("messages", known, "--all", "--json").json

    assert ["Cast off at six", "Aye"] == [one["text"] for one in both]
    assert ["Aye"] == [one["text"] for one in last]
    assert both == every
    assert 1 == crew.shell("dialogs", known, "--json").json["unread_messages_count"]


def test_messages_are_marked_as_read_where_that_is_asked_for(crew: Crew) -> None:
    """`--mark-read` does what an application does that shows them."""
    known = crew.id_of("dialogs", "crew")

    crew.shell("messages", known, "--mark-read")

    assert 0 == crew.shell("dialogs", known, "--json").json["unread_messages_count"]


def test_a_pipe_gets_cells_between_tabs(crew: Crew) -> None:
    """Other programs get a line for each row, without a head."""
    done = crew.shell("messages", crew.id_of("dialogs", "crew"))

    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [("jonas", "Cast off at six"), ("Mara Sim", "Aye")] == [
        (who, text) for _, who, text, _ in rows
    ]


def test_strangers_move_no_cursor(crew: Crew) -> None:
    """What somebody wrote is text: neither orders to a terminal nor more cells or lines."""
    told = {"name": "\x1b[2J\x9b31m[red]evil\u202e\tcell\nline"}
    crew.emulator.world.users[0].full_name = told["name"]

    piped = crew.shell("users", "mara").stdout
    shown = crew.shell("whoami").stdout

    for text in (piped, shown):
        assert "\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}31m[red]evil" in text
        assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert (1, 6) == (len(piped.splitlines()), len(piped.split("\t")))


@TERMINAL
def test_a_terminal_gets_tables(crew: Crew) -> None:
    """On a terminal there is a head, and columns under it."""
    shown = crew.shell.on_terminal("users", "mara", "jonas")

    lines = [line.split() for line in shown.splitlines() if line.strip()]
    assert ["ID", "LOGIN", "NAME", "E-MAIL", "TAGS", "LAST", "SEEN"] == lines[0]
    assert ["1001", "mara"] == lines[2][:2]
