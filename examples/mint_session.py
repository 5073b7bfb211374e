"""
A server signs its users in, and hands each session to a front end of the official JavaScript SDK.

The browser gets a token and never the application's key, nor a password: the server makes one for
each user out of its own secret, so that there is none to know or to keep.
Run it as it stands: it serves itself, in front of an emulator, and asks for a session. For good it
takes CONNECTYCUBE_APP_ID, _AUTH_KEY and MINT_SECRET from the environment.
"""

import hashlib
import hmac
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import anyio
from aiohttp import web

from connectycube import ConnectyCube, ConnectyCubeError, ExistingSession, LoginPassword

# What a page needs beside the SDK; `visit` is how your own server knows its user.
FRONT_END = """\
export async function start(ConnectyCube, server, visit, config = {}) {
  const mint = async () => {
    const headers = { Authorization: `Bearer ${visit}` };
    const response = await fetch(`${server}/session`, { method: 'POST', headers });
    if (!response.ok) throw new Error(`no session: ${response.status}`);
    return response.json();
  };
  const session = await mint();
  const sessionExpired = (refuse, retry) => { mint().then(retry, refuse); };
  ConnectyCube.init({ appId: session.application_id }, { ...config, on: { sessionExpired } });
  ConnectyCube.setSession(session);
  return session;  // for chat.connect({ userId: session.user_id, password: session.token })
}
"""


class Mint:
    """
    Makes sessions for those whom your own sign-in knows.

    Args:
        cube: the application.
        secret: what the users' passwords are made from; they change with it.
        visits: who is who: a stand-in for your own sign-in.
    """

    def __init__(self, cube: ConnectyCube, secret: bytes, visits: Mapping[str, str]) -> None:
        self._cube, self._secret, self._visits = cube, secret, visits

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/session", self.mint)
        app.router.add_get("/connectycube.mjs", self.front_end)
        return app

    async def mint(self, request: web.Request) -> web.Response:
        visit = request.headers.get("Authorization", "").removeprefix("Bearer ")
        login = self._visits.get(visit)
        if login is None:
            raise web.HTTPUnauthorized
        try:
            session = await self._cube.with_auth(self._strategy(login)).create_session()
        except ConnectyCubeError:
            raise web.HTTPBadGateway from None
        told = {
            "application_id": session.application_id,
            "user_id": session.user_id,
            "token": session.token,
        }
        return web.json_response(told, headers={"Cache-Control": "no-store"})

    async def front_end(self, _request: web.Request) -> web.Response:
        return web.Response(text=FRONT_END, content_type="text/javascript")

    def _strategy(self, login: str) -> LoginPassword:
        return LoginPassword(
            login, hmac.new(self._secret, login.encode(), hashlib.sha256).hexdigest()[:40]
        )


async def main() -> None:
    given = os.environ.get("MINT_SECRET")
    secret = given.encode() if given else secrets.token_bytes(32)
    visit = secrets.token_urlsafe()
    async with ConnectyCube.from_env() as cube:
        runner = web.AppRunner(Mint(cube, secret, {visit: "mara"}).app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            await ask(cube, f"http://127.0.0.1:{runner.addresses[0][1]}", visit)
        finally:
            await runner.cleanup()


async def ask(cube: ConnectyCube, url: str, visit: str) -> None:
    """Do what a front end does, and try the session that comes."""
    async with aiohttp.ClientSession(url) as http:
        async with http.post("/session") as response:
            print(f"POST /session, whoever asks: {response.status}")
        async with http.post("/session", headers={"Authorization": f"Bearer {visit}"}) as response:
            session = await response.json()
            print(f"POST /session, Mara: {response.status}, {', '.join(session)}")
        async with http.get("/connectycube.mjs") as response:
            print(f"GET /connectycube.mjs: {len(await response.text())} characters for the page")
    browser = cube.with_auth(ExistingSession(session["token"]))
    user = (await browser.get_session()).user
    print(f"The session is that of user {session['user_id']}, {user.login if user else 'nobody'}")


@contextmanager
def service() -> Iterator[None]:
    """Use the service that the environment names, or else an emulator in another process."""
    if "CONNECTYCUBE_APP_ID" in os.environ:
        yield
        return
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            [os.environ["CONNECTYCUBE_BASE_URL"]] = re.findall(r"http://\S+", told)
            os.environ["CONNECTYCUBE_APP_ID"] = "21"
            os.environ["CONNECTYCUBE_AUTH_KEY"] = "emulator-auth-key"
            yield
        finally:
            process.terminate()


if __name__ == "__main__":
    with service():
        anyio.run(main)
