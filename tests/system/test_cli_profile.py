"""Settings from the environment, a profile file, and what login kept."""

import sys
from pathlib import Path

import pytest

from .cli_stage import PASSWORD, Crew, Shell

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes and no links")
KNOWN = ("CONNECTYCUBE_BASE_URL", "CONNECTYCUBE_APP_ID", "CONNECTYCUBE_AUTH_KEY")


@pytest.fixture
def known(crew: Crew, tmp_path: Path) -> Shell:
    """Give a shell that knows nothing but a profile of mara's."""
    shell = Shell(tmp_path / "known")
    base_url, app_id, key = (crew.shell.environment[name] for name in KNOWN)
    shell.write_profile(
        f'app_id = {app_id}\nauth_key = "{key}"\nbase_url = "{base_url}"\n'
        f'login = "mara"\npassword = "{PASSWORD}"\n'
    )
    return shell


def test_a_profile_is_enough(known: Shell) -> None:
    """A file with the application and the user does without environment and login."""
    assert "mara" == known("whoami", "--json").json["login"]


def test_the_environment_wins_over_the_profile(known: Shell) -> None:
    """A variable replaces what the profile says."""
    done = known("whoami", CONNECTYCUBE_AUTH_KEY="canary-wrong-key")

    assert 3 == done.status


def test_a_password_goes_with_its_own_name_alone(known: Shell, crew: Crew) -> None:
    """Whoever is named by the environment does not sign in with the profile's password."""
    before = len(crew.emulator.requests)

    done = known("whoami", CONNECTYCUBE_LOGIN="jonas")

    assert 3 == done.status
    assert "jonas needs a password: CONNECTYCUBE_PASSWORD, or login" in done.stderr
    assert before == len(crew.emulator.requests)


@POSIX
def test_a_profile_that_others_can_read_is_refused(known: Shell) -> None:
    """The message says how to close it; nothing is sent."""
    known.profile.chmod(0o640)

    done = known("whoami")

    assert 3 == done.status
    assert f"{known.profile} is open to others: chmod 600 {known.profile}" in done.stderr


@POSIX
def test_a_profile_is_not_read_through_a_link(known: Shell, tmp_path: Path) -> None:
    """A link may lead to what somebody else chose."""
    elsewhere = known.profile.rename(tmp_path / "elsewhere.toml")
    known.profile.symlink_to(elsewhere)

    done = known("whoami")

    assert 3 == done.status
    assert "is a link" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('auth_key = "canary-unclosed', "is no TOML at end of document"),
        ("auth_key canary-bare", "is no TOML at line 1"),
        ('passwort = "canary-typo"', "a profile has no 'passwort'"),
        ('auth_key = ["canary-list"]', "auth_key is no text"),
        ("password = true", "password is no text"),
    ],
)
def test_a_profile_that_is_wrong_is_told_without_what_it_holds(
    shell: Shell, text: str, words: str
) -> None:
    """The place or the name is told, never the value."""
    shell.write_profile(text)

    done = shell("whoami")

    assert 3 == done.status
    assert words in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_login_says_where_something_else_goes_before_it(known: Shell) -> None:
    """A profile that names its user goes before a session of somebody else."""
    other = known.login("jonas", password="canary-of-jonas")
    same = known.login("mara")

    assert "mind: the profile names another user" in other.stderr
    assert "mind" not in same.stderr
    assert "mara" == known("whoami", "--json").json["login"]
