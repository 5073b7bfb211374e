"""Files up and down from the shell."""

import os
import sys
from pathlib import Path

import pytest

from connectycube.cli.commands.files import _safe

from .cli_stage import Crew

TERMINAL = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind"
)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(b"cast off\x00\xff\r\n" * 1000)
    return path


def test_a_file_comes_back_as_it_was(crew: Crew, note: Path, tmp_path: Path) -> None:
    """By its uid or its id, to a path, into a folder, or to standard output."""
    [blob] = crew.shell("upload", str(note), "--json").json
    folder = tmp_path / "folder"
    folder.mkdir()

    to_path = crew.shell("download", blob["uid"], str(tmp_path / "one"), "--json")
    to_folder = crew.shell("download", str(blob["id"]), str(folder), "--json")
    with crew.shell.process("download", blob["uid"], "-") as process:
        assert process.stdout is not None
        pipe = process.stdout.fileno()
        piped = b"".join(iter(lambda: os.read(pipe, 1 << 16), b""))
        assert process.stderr is not None
        errors = process.stderr.read()

    content = note.read_bytes()
    assert ("note.txt", len(content)) == (blob["name"], blob["size"])
    assert content == (tmp_path / "one").read_bytes() == (folder / "note.txt").read_bytes() == piped
    assert len(content) == to_path.json["size"] == to_folder.json["size"]
    assert "" == errors


def test_what_stands_there_is_replaced_on_request_alone(
    crew: Crew, note: Path, tmp_path: Path
) -> None:
    """`--force` says so."""
    [blob] = crew.shell("upload", str(note), "--json").json
    target = tmp_path / "mine"
    target.write_text("mine")

    refused = crew.shell("download", blob["uid"], str(target))
    forced = crew.shell("download", blob["uid"], str(target), "--force")

    assert (1, 0) == (refused.status, forced.status)
    assert note.read_bytes() == target.read_bytes()


def test_those_that_were_uploaded_before_a_failure_are_told(crew: Crew, note: Path) -> None:
    """The first file is there, and its uid is told, though the second was refused."""
    crew.emulator.faults.status(422, path="/blobs", method="POST", after=1, times=None)

    done = crew.shell("upload", str(note), str(note), "--json")

    assert (5, 1) == (done.status, len(done.json))


def test_nothing_of_the_upload_s_signature_is_told(crew: Crew, note: Path) -> None:
    """Where an upload goes is the client's business."""
    done = crew.shell("upload", str(note), "--json")

    assert "signature" not in (done.stdout + done.stderr).lower()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\notes.txt", "notes.txt"),
        (".bashrc", "bashrc"),
        ("..", "download"),
        ("", "download"),
        ("a\x1b[2Jb\n.txt", "a[2Jb.txt"),
    ],
)
def test_whoever_uploaded_a_file_does_not_choose_where_it_goes(name: str, wanted: str) -> None:
    """Its name counts, no part of a path, and nothing hidden."""
    assert wanted == _safe(name)


@TERMINAL
def test_a_terminal_sees_how_far_it_is(crew: Crew, note: Path) -> None:
    """The bar is drawn on a terminal alone, and not with --quiet."""
    shown = crew.shell.on_terminal("upload", str(note), term="xterm")
    quiet = crew.shell.on_terminal("upload", str(note), "--quiet", term="xterm")
    piped = crew.shell.run("upload", str(note))

    assert "12.0/12.0 kB" in shown
    assert "kB" not in quiet
    assert "" == piped.stderr
