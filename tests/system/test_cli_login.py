"""Signing in from the shell, and what that leaves behind."""

import json
import stat
import sys
from pathlib import Path

import pytest

from connectycube.emulator import Emulator

from .cli_stage import CREW, PASSWORD, Crew, Shell

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes and no links")


def test_whoami_works_after_login(shell: Shell) -> None:
    """Login keeps the session for the commands after it, which need neither key nor password."""
    shell.login()

    done = shell("whoami", "--json", CONNECTYCUBE_AUTH_KEY="", CONNECTYCUBE_APP_ID="")

    assert (0, "mara") == (done.status, done.json["login"])


def test_nobody_is_signed_in_at_first(shell: Shell) -> None:
    """Without a session a command ends with 3, and says what to run."""
    done = shell("whoami")

    assert (3, "") == (done.status, done.stdout)
    assert "connectycube whoami: not signed in: run `connectycube login`\n" == done.stderr


@POSIX
def test_the_session_is_kept_for_its_owner_alone(shell: Shell) -> None:
    """The file and its folder are open to nobody else, and hold neither password nor key."""
    shell.login()

    assert 0o600 == stat.S_IMODE(shell.kept.stat().st_mode)
    assert 0o700 == stat.S_IMODE(shell.kept.parent.stat().st_mode)
    assert "canary" not in shell.kept.read_text()


@POSIX
def test_a_kept_session_that_others_can_read_is_refused(shell: Shell) -> None:
    """What was opened to others counts no more."""
    shell.login()
    shell.kept.chmod(0o644)

    done = shell("whoami")

    assert 3 == done.status
    assert "open to nobody else" in done.stderr


@POSIX
def test_a_kept_session_is_not_read_through_a_link(shell: Shell, tmp_path: Path) -> None:
    """A link may lead to what somebody else chose."""
    shell.login()
    elsewhere = shell.kept.rename(tmp_path / "elsewhere.json")
    shell.kept.symlink_to(elsewhere)

    assert 3 == shell("whoami").status


def test_logout_ends_the_session_and_forgets_it(shell: Shell, emulator: Emulator) -> None:
    """Behind logout the token is dead, and nothing is kept."""
    shell.login()

    done = shell("logout")

    assert (0, False) == (done.status, shell.kept.exists())
    assert ("DELETE", "/session") == (emulator.requests[-1].method, emulator.requests[-1].path)
    assert 3 == shell("whoami").status


def test_logout_forgets_a_session_that_has_ended_by_itself(
    shell: Shell, emulator: Emulator
) -> None:
    """A session that is gone counts as ended."""
    shell.login()
    emulator.clock.advance(3 * 60 * 60)

    assert (0, False) == (shell("logout").status, shell.kept.exists())


def test_an_ended_session_says_to_log_in_again(shell: Shell, emulator: Emulator) -> None:
    """Nothing that was kept can renew it, so its user must."""
    shell.login()
    emulator.clock.advance(3 * 60 * 60)

    done = shell("whoami")

    assert 3 == done.status
    assert "run `connectycube login`" in done.stderr


def test_credentials_of_the_environment_renew_by_themselves(
    shell: Shell, emulator: Emulator
) -> None:
    """With login and password at hand no login is needed, and one session serves many calls."""
    shell.environment |= {"CONNECTYCUBE_LOGIN": "mara", "CONNECTYCUBE_PASSWORD": PASSWORD}

    names = [shell("whoami", "--json").json["login"] for _ in range(3)]
    emulator.clock.advance(3 * 60 * 60)
    renewed = shell("users", "mara", "--json")

    assert (["mara"] * 3, 0) == (names, renewed.status)
    made = [one for one in emulator.requests if (one.method, one.path) == ("POST", "/session")]
    assert 2 == len(made)


def test_each_profile_has_a_session_of_its_own(shell: Shell) -> None:
    """Several people may be signed in, told apart by the profile."""
    shell.login("mara")
    shell.login("jonas", "--profile", "second", password="canary-of-jonas")

    assert "mara" == shell("whoami", "--json").json["login"]
    assert "jonas" == shell("whoami", "--json", "--profile", "second").json["login"]
    assert "jonas" == shell("whoami", "--json", CONNECTYCUBE_PROFILE="second").json["login"]


def test_a_profile_s_name_leads_nowhere_else(shell: Shell) -> None:
    """It becomes part of a path, so it cannot hold one."""
    done = shell("whoami", "--profile", "../other")

    assert 2 == done.status


def test_a_token_goes_to_the_service_that_made_it_alone(shell: Shell) -> None:
    """Where the environment names another service, what was kept is not used."""
    shell.login()
    with Emulator(auth_key="canary-other-key") as other:
        done = shell("whoami", CONNECTYCUBE_BASE_URL=other.base_url)

        assert 3 == done.status
        assert [] == other.requests


def test_a_wrong_password_is_3(tmp_path: Path) -> None:
    """A refusal of the password says so, and keeps nothing."""
    with Emulator(auth_key="canary-auth-key", seed=CREW) as emulator:
        shell = Shell.at(tmp_path, emulator)
        done = shell("login", "mara", "--stdin", given="canary-of-somebody\n")

    assert (3, False) == (done.status, shell.kept.exists())
    assert "Invalid password" in done.stderr


def test_an_email_signs_in_as_one(crew: Crew) -> None:
    """A name with an @ is an e-mail address."""
    crew.shell.login("jonas@example.org", password="canary-of-jonas")

    assert "jonas" == crew.shell("whoami", "--json").json["login"]


def test_a_guest_comes_by_a_name(shell: Shell) -> None:
    """A guest needs no password."""
    shell("login", "--guest", "Blue Heron")

    me = shell("whoami", "--json").json
    assert (True, "Blue Heron") == (me["is_guest"], me["full_name"])


def test_a_token_from_elsewhere_is_kept(crew: Crew, tmp_path: Path) -> None:
    """Whoever has a session of another program goes on with it, without the key."""
    token = json.loads(crew.shell.kept.read_text())["session"]["token"]
    other = Shell.at(tmp_path / "other", crew.emulator, CONNECTYCUBE_AUTH_KEY="")

    done = other("login", "--token", "--stdin", given=f"{token}\n")

    assert 0 == done.status, done.stderr
    assert "mara" == other("whoami", "--json").json["login"]
    assert token not in done.stdout + done.stderr


def test_what_cannot_be_asked_for_is_named(tmp_path: Path) -> None:
    """Where nobody can answer, the variable that is missing is told, with 3."""
    shell = Shell(tmp_path, CONNECTYCUBE_BASE_URL="http://localhost:1")

    done = shell("login", "mara")

    assert 3 == done.status
    assert "CONNECTYCUBE_APP_ID is not set, and there is nobody to ask" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_password_is_asked_for_and_not_shown(shell: Shell) -> None:
    """On a terminal what is missing is asked for; what is typed stays unseen."""
    said = shell.on_terminal("login", "mara", question="Password: ", answer=f"{PASSWORD}\n")

    assert "signed in" in said
    assert PASSWORD not in said
    assert 0 == shell("whoami").status


@POSIX
def test_a_home_that_nothing_can_be_written_to_keeps_nothing(shell: Shell, tmp_path: Path) -> None:
    """As in many containers: a session made of credentials is then made each time."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way of a folder")
    credentials = {"CONNECTYCUBE_LOGIN": "mara", "CONNECTYCUBE_PASSWORD": PASSWORD}

    done = shell("whoami", "--json", XDG_STATE_HOME=str(blocked / "state"), **credentials)

    assert (0, "mara") == (done.status, done.json["login"])
