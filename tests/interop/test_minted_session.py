"""The unmodified official SDK starts from a session that `examples/mint_session.py` made."""

from functools import partial
from typing import Any, Final

import anyio.to_thread
import pytest
from aiohttp import web

from connectycube import ConnectyCube
from connectycube.emulator import Emulator
from tests.examples import load

from .stage import APP_ID, AUTH_KEY, Run, lines

VISIT: Final = "canary-visit"
SECRET: Final = b"canary-mint-secret"


@pytest.mark.asyncio
async def test_the_front_end_starts_from_a_minted_session(run: Run, emulator: Emulator) -> None:
    """
    Without a key or a password the front end calls, chats, and gets a new session after the first.

    The module is the one that the example serves to its page, as it is.
    """
    example = load("mint_session")
    async with ConnectyCube(APP_ID, AUTH_KEY, base_url=emulator.base_url) as cube:
        runner = web.AppRunner(example.Mint(cube, SECRET, {VISIT: "mara"}).app())
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            flow = partial(
                run,
                "startFromMintedSession",
                server=f"http://127.0.0.1:{runner.addresses[0][1]}",
                visit=VISIT,
                domain="127.0.0.1",
                protocol={"active": 2, "websocket": emulator.chat_url},
                seconds=3 * 60 * 60,
            )
            told: Any = await anyio.to_thread.run_sync(flow)
        finally:
            await runner.cleanup()

    [mara] = emulator.world.users
    assert ([mara.id] * 3, "Error: no session: 401") == (told["ids"], told["stranger"])
    assert ("Mar Sim", "https://example.org") == (mara.full_name, mara.website)
    update = f"PUT /users/{mara.id}.json"
    assert ["POST /session", update, update, "POST /session", update] == lines(emulator)
    by_the_page = [one for one in emulator.requests if one.path.endswith(".json")]
    assert 3 == len(by_the_page)
    sent = "".join(f"{dict(one.headers)}{one.json}" for one in by_the_page)
    assert AUTH_KEY not in sent
    assert mara.password is not None
    assert mara.password not in sent
