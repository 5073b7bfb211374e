"""What the command line understands."""

import argparse
import sys
from collections.abc import Sequence

from connectycube import __version__
from connectycube.cli.demo import run_demo
from connectycube.emulator import Emulator, SeedError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(argv)
    if options.command == "demo":
        return run_demo(live=options.live)
    return _serve(options.port, options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="connectycube", description="Tools for ConnectyCube.")
    parser.add_argument("--version", action="version", version=f"connectycube {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    emulator = commands.add_parser("emulator", help="serve a local emulator of the service")
    emulator.add_argument(
        "--port",
        type=_port,
        default=8787,
        help="port to serve on; 0 takes a free one (%(default)s)",
    )
    emulator.add_argument(
        "--seed",
        metavar="FILE",
        help="who and what is there from the start: JSON, or YAML where PyYAML is installed",
    )

    demo = commands.add_parser("demo", help="tell the life of a session, step by step")
    demo.add_argument(
        "--live",
        action="store_true",
        help="run what needs neither clock nor chat against the real service, by the"
        " CONNECTYCUBE_* variables",
    )
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**16:
        raise argparse.ArgumentTypeError("a port is a number below 65536")
    return number


def _serve(port: int, seed: str | None) -> int:
    try:
        Emulator(port=port, seed=seed).run(_announce)
    except SeedError as error:
        print(f"connectycube emulator: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        print(f"connectycube emulator: {place}{error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _announce(emulator: Emulator) -> None:
    print(
        f"ConnectyCube emulator on {emulator.base_url}\n"
        f"  application {emulator.app_id}, auth key {emulator.auth_key}\n"
        f"  administration key {emulator.admin_key}\n"
        f"  chat over TCP on {emulator.hosts.chat}, over WebSocket on {emulator.chat_url}\n"
        "  Ctrl-C stops it; everything it knows is then forgotten.\n\n"
        f"curl -X POST {emulator.base_url}/session -H 'Content-Type: application/json' \\\n"
        f"""  -d '{{"application_id": {emulator.app_id}, "auth_key": "{emulator.auth_key}"}}'""",
        flush=True,
    )
