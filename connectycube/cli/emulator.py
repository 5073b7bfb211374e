"""`connectycube emulator`: the service on this machine, until it is stopped."""

import json
import sys
from typing import Any

from connectycube.emulator import Emulator, SeedError


def serve(port: int, seed: str | None, *, as_json: bool) -> int:
    """Serve until a signal, and return 0, or 1 where it cannot be done."""
    try:
        Emulator(port=port, seed=seed).run(_announce_json if as_json else _announce)
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
        f"""  -d '{{"application_id": {emulator.app_id}, "auth_key": "{emulator.auth_key}"}}'\n\n"""
        f"export CONNECTYCUBE_BASE_URL={emulator.base_url} CONNECTYCUBE_APP_ID={emulator.app_id}"
        f" CONNECTYCUBE_AUTH_KEY={emulator.auth_key}",
        flush=True,
    )


def _announce_json(emulator: Emulator) -> None:
    hosts = emulator.hosts
    told: dict[str, Any] = {
        "base_url": emulator.base_url,
        "app_id": emulator.app_id,
        "auth_key": emulator.auth_key,
        "admin_key": emulator.admin_key,
        "chat_host": hosts.chat,
        "chat_websocket": hosts.chat_websocket,
        "muc_host": hosts.muc,
    }
    print(json.dumps(told), flush=True)
