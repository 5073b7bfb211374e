"""
A FastAPI service in front of the chat: one client for all of it, and a light one for each user.

Run it as it stands, with `fastapi` and `uvicorn` installed: it serves itself and lets somebody use
it, in front of an emulator of its own, or of the application whose CONNECTYCUBE_APP_ID, _AUTH_KEY
and _BASE_URL are in the environment. For good: `uvicorn --factory fastapi_service:make_app`.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any, TypedDict

import aiohttp
import anyio
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, SecretStr

from connectycube import (
    AuthenticationError,
    ConnectyCube,
    ConnectyCubeError,
    ExistingSession,
    ForbiddenError,
    InvalidInputError,
    LoginPassword,
    NotFoundError,
    RateLimitedError,
    Session,
    SessionExpiredError,
    TransportError,
    ValidationError,
)

# What each error is to whoever asked us; the first that fits counts.
STATUSES: dict[type[ConnectyCubeError], int] = {
    SessionExpiredError: 401,
    AuthenticationError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    InvalidInputError: 422,
    ValidationError: 422,
    RateLimitedError: 429,
    TransportError: 503,
    ConnectyCubeError: 502,
}


class State(TypedDict):
    """What lives as long as the service; `request.state` has it."""

    cube: ConnectyCube


class SignIn(BaseModel):
    login: str
    password: SecretStr


class Note(BaseModel):
    to: int
    text: str


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    """Open one client, whose connections all users share, and close it at the end."""
    async with ConnectyCube.from_env() as cube:
        yield {"cube": cube}


async def shared_client(request: Request) -> ConnectyCube:
    cube: ConnectyCube = request.state.cube
    return cube


Shared = Annotated[ConnectyCube, Depends(shared_client)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def user_client(cube: Shared, bearer: Bearer) -> ConnectyCube:
    """Return a client of the user who asks; it costs next to nothing and needs no closing."""
    session = Session.from_token(bearer.credentials)
    user = cube.with_auth(ExistingSession(session))
    user.set_session(session)  # else there is none before the first call, and none to end
    return user


User = Annotated[ConnectyCube, Depends(user_client)]


async def sign_in(body: SignIn, cube: Shared) -> dict[str, Any]:
    auth = LoginPassword(body.login, body.password.get_secret_value())
    session = await cube.with_auth(auth).create_session()
    return {"token": session.token, "user_id": session.user_id}


async def sign_out(user: User) -> Response:
    await user.destroy_session()
    return Response(status_code=204)


async def who_am_i(user: User) -> dict[str, Any]:
    session = await user.get_session()
    return {"id": session.user_id, "login": session.user.login if session.user else None}


async def write(body: Note, user: User) -> dict[str, Any]:
    message = await user.chat.messages.create(body.to, body.text, send_to_chat=True)
    return {"id": message.id, "dialog_id": message.dialog_id}


async def refuse(_request: Request, error: Exception) -> JSONResponse:
    """Answer with what the error means to the one who asked, and no more than that."""
    status = next(code for kind, code in STATUSES.items() if isinstance(error, kind))
    wait = getattr(error, "retry_after", None)
    headers = {} if wait is None else {"Retry-After": f"{wait:.0f}"}
    return JSONResponse({"error": type(error).__name__}, status, headers)


async def refuse_input(_request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong without repeating what was sent: there may be a password in it."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    return JSONResponse({"errors": [{"at": one["loc"], "is": one["msg"]} for one in problems]}, 422)


def make_app() -> FastAPI:
    app = FastAPI(title="Notes", lifespan=lifespan)
    app.add_exception_handler(ConnectyCubeError, refuse)
    app.add_exception_handler(RequestValidationError, refuse_input)
    app.post("/session", status_code=201)(sign_in)
    app.delete("/session", status_code=204)(sign_out)
    app.get("/me")(who_am_i)
    app.post("/notes", status_code=201)(write)
    return app


# -- somebody who uses it


async def use(url: str) -> None:
    """Sign two people in, let one write to the other, and meet what is refused."""
    async with aiohttp.ClientSession(url) as http:

        async def call(method: str, path: str, json: Any = None, token: str = "") -> Any:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with http.request(method, path, json=json, headers=headers) as response:
                told = await response.json() if response.content_length else {}
                print(f"{method} {path}: {response.status}", told.get("error", ""))
                return told

        mara = await call("POST", "/session", {"login": "mara", "password": "long-enough-1"})
        jonas = await call("POST", "/session", {"login": "jonas", "password": "long-enough-2"})
        me = await call("GET", "/me", token=mara["token"])
        print(f"  {me['login']} is user {me['id']}")
        note = {"to": jonas["user_id"], "text": "Cast off at six"}
        await call("POST", "/notes", note, mara["token"])
        await call("DELETE", "/session", token=mara["token"])
        await call("GET", "/me", token=mara["token"])
        told = await call("POST", "/session", {"password": "long-enough-1"})
        print(f"  {told['errors']}")


async def main() -> None:
    options = uvicorn.Config(make_app(), lifespan="on", ws="none", access_log=False, log_level=30)
    server = uvicorn.Server(options)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with anyio.create_task_group() as group:
            group.start_soon(server.serve, [listening])
            await use(f"http://127.0.0.1:{listening.getsockname()[1]}")
            server.should_exit = True
    print("stopped")


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
