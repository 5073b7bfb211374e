"""The commands by name: what each is for, and where it is found when it is called."""

from typing import Final

from connectycube.values import frozen


@frozen
class Entry:
    """
    A command.

    Attributes:
        summary: one line for the list of commands.
        home: the module that has it, under its own name; empty where no extra is needed for it.
    """

    summary: str
    home: str = ""


EXTRA: Final = "cli"
"""What the commands that have a home need: `pip install 'connectycube[cli]'`."""
MISSING_EXTRA: Final = f"needs the extra {EXTRA}: pip install 'connectycube[{EXTRA}]'"

_COMMANDS: Final = "connectycube.cli.commands"
CATALOGUE: Final = {
    "login": Entry("sign in, and keep the session for other commands", f"{_COMMANDS}.login"),
    "logout": Entry("end the session that login kept", f"{_COMMANDS}.login"),
    "whoami": Entry("tell who is signed in", f"{_COMMANDS}.whoami"),
    "session": Entry("tell of the session: whose it is, how long it lasts", f"{_COMMANDS}.whoami"),
    "users": Entry("look users up", f"{_COMMANDS}.users"),
    "dialogs": Entry("list dialogs, or show one", f"{_COMMANDS}.dialogs"),
    "messages": Entry("read what was written in a dialog", f"{_COMMANDS}.messages"),
    "send": Entry("send a message by the realtime chat", f"{_COMMANDS}.send"),
    "tail": Entry("follow a dialog, or all of them, in real time", f"{_COMMANDS}.tail"),
    "upload": Entry("upload files", f"{_COMMANDS}.files"),
    "download": Entry("fetch a file", f"{_COMMANDS}.files"),
    "request": Entry("call any endpoint of the service", f"{_COMMANDS}.request"),
    "doctor": Entry("look for what is set up wrongly, and say what to do", f"{_COMMANDS}.doctor"),
    "emulator": Entry("serve a local emulator of the service"),
    "demo": Entry("tell the life of a session, step by step"),
    "completion": Entry("print a script that completes commands", f"{_COMMANDS}.completion"),
}
