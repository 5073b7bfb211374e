"""What the command line understands with nothing but the standard library."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectycube import __version__
from connectycube.cli.catalogue import CATALOGUE, MISSING_EXTRA


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**16:
        raise argparse.ArgumentTypeError("a port is a number below 65536")
    return number


# As argparse takes them; completion reads their names here.
OPTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "emulator": {
        "--port": {
            "type": _port,
            "default": 8787,
            "help": "port to serve on; 0 takes a free one (8787)",
        },
        "--seed": {
            "metavar": "FILE",
            "help": "who and what is there from the start: JSON, or YAML where PyYAML is installed",
        },
        "--json": {
            "action": "store_true",
            "help": "tell where everything is as one line of JSON",
        },
    },
    "demo": {
        "--live": {
            "action": "store_true",
            "help": "run what needs neither clock nor chat against the real service, by the"
            " CONNECTYCUBE_* variables",
        },
        "--json": {
            "action": "store_true",
            "help": "tell each claim as a line of JSON",
        },
    },
}


def run_plain(arguments: Sequence[str]) -> int:
    """Run a command that needs no extra, and return its exit status; others name what they need."""
    if arguments and arguments[0] in CATALOGUE and arguments[0] not in OPTIONS:
        print(f"connectycube {arguments[0]}: {MISSING_EXTRA}", file=sys.stderr)
        return 1
    options = _parser().parse_args(arguments)
    if options.command == "demo":
        from connectycube.cli.demo import run_demo  # noqa: PLC0415 - the emulator takes a while

        return run_demo(live=options.live, as_json=options.json)
    from connectycube.cli.emulator import serve  # noqa: PLC0415 - the same

    return serve(options.port, options.seed, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connectycube",
        description="Tools for ConnectyCube.",
        epilog=_others(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"connectycube {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, options in OPTIONS.items():
        command = commands.add_parser(name, help=CATALOGUE[name].summary)
        for option, settings in options.items():
            command.add_argument(option, **settings)
    return parser


def _others() -> str:
    lines = [f"  {name:<12}{one.summary}" for name, one in CATALOGUE.items() if one.home]
    return "\n".join([f"each of these {MISSING_EXTRA}", *lines])
