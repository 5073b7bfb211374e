"""
A strategy of one's own, in three lines that matter, for both session endpoints.

Here a back end of ours knows the user's password; any object with these three members will do.
Run it as it stands: it talks to a local emulator.
"""

import anyio
import anyio.lowlevel

from connectycube import ConnectyCube, Credentials, Session
from connectycube.emulator import Emulator
from connectycube.testing import check_auth_strategy


async def ask_our_back_end(name: str) -> str:
    """Stand for a call to a service of ours."""
    await anyio.lowlevel.checkpoint()
    return f"password-of-{name}"


class FromOurBackEnd:
    """Signs a user in by a password that only our back end knows."""

    identity = "mara"

    async def credentials(self, _previous: Session | None, /) -> Credentials:
        return Credentials(login="mara", password=await ask_our_back_end("mara"))

    async def chat_password(self, _session: Session, /) -> str:
        return await ask_our_back_end("mara")


async def main() -> None:
    async with (
        Emulator() as emulator,
        ConnectyCube(
            emulator.app_id,
            emulator.auth_key,
            auth=FromOurBackEnd(),
            base_url=emulator.base_url,
        ) as cube,
    ):
        session = await cube.create_session()
        print(f"POST /session: user {session.user_id}")
        await cube.destroy_session()
        user = await cube.login(FromOurBackEnd())
        print(f"POST /login:   user {user.id}, the same one")
    await check_auth_strategy(FromOurBackEnd())
    print("check_auth_strategy: every promise of the Protocol is kept")


if __name__ == "__main__":
    anyio.run(main)
