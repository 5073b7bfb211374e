"""The operations of the recorded cases in terms of our API."""

import base64
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from connectycube import (
    AppOnly,
    Blob,
    ConnectyCube,
    CustomIdentity,
    EmailPassword,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    Guest,
    LoginPassword,
    Session,
    Twitter,
)
from connectycube._source import Source
from connectycube.auth.strategy import AuthStrategy
from connectycube.models.blob import BlobAccess
from connectycube.query import encode_query

from .chat_meanings import CHAT_OPERATIONS
from .other_meanings import OTHER_OPERATIONS
from .searches import look_up, search
from .vectors import Json, NoCounterpartError

Call = Callable[[ConnectyCube, Json], Awaitable[Any]]


async def perform(cube: ConnectyCube, op: str, args: Json) -> Any:
    """Do what a step of a recorded case means."""
    return await _OPERATIONS[op](cube, args)


def https(text: str) -> str:
    """Return a text with its URLs as the service gives them: the recording server was plain."""
    return text.replace("http://", "https://")


def strategy(user: Mapping[str, Any]) -> AuthStrategy:
    """Return the strategy that an object of the official SDK means."""
    if not user:
        return AppOnly()
    if provider := user.get("provider"):
        return _by_provider(provider, user)
    if user.get("guest"):
        return Guest(user.get("full_name"))
    if _is_token(user.get("login", "")):
        return CustomIdentity(user["login"])
    if user.keys() == {"login", "password"}:
        return LoginPassword(user["login"], user["password"])
    if user.keys() == {"email", "password"}:
        return EmailPassword(user["email"], user["password"])
    raise NoCounterpartError


def _by_provider(provider: str, user: Mapping[str, Any]) -> AuthStrategy:
    if provider == "facebook":
        return Facebook(user["keys"]["token"])
    if provider == "twitter":
        return Twitter(token=user["keys"]["token"], secret=user["keys"]["secret"])
    firebase = {"firebase_phone": FirebasePhone, "firebase_email": FirebaseEmail}[provider]
    # The official documentation also writes the two members as `firebase_phone[project_id]`.
    keys = user.get(provider) or {
        name: user[f"{provider}[{name}]"] for name in ("project_id", "access_token")
    }
    return firebase(**keys)


def _is_token(login: str) -> bool:
    return login.startswith("eyJ")


async def _set_session(cube: ConnectyCube, args: Json) -> None:
    cube.set_session(Session.from_token(args["session"]["token"], args["session"].get("user_id")))


async def _sign_up(cube: ConnectyCube, args: Json) -> Any:
    return await cube.users.sign_up(**_profile(args["user"]))


async def _update(cube: ConnectyCube, args: Json) -> Any:
    return await cube.users.update(**_profile(args.get("user", {})))


def _profile(user: Mapping[str, Any]) -> Json:
    return {"tags" if name == "tag_list" else name: value for name, value in user.items()}


async def _find_files(cube: ConnectyCube, args: Json) -> Any:
    # The types of the official SDK name the page otherwise than the documentation.
    params = dict(args.get("params", {}))
    numbers = {"page" if name == "current_page" else name: one for name, one in params.items()}
    return await cube.storage.find(**numbers)


async def _get_by_uid(cube: ConnectyCube, args: Json) -> Any:
    wants_url = bool(args.get("params", {}).get("download_url"))
    return await cube.storage.get_by_uid(args["uid"], download_url=wants_url)


async def _get_content(_cube: ConnectyCube, _args: Json) -> Any:
    raise NoCounterpartError  # what it means is unclear: a record at the URL of the content


async def _create(cube: ConnectyCube, args: Json) -> Any:
    if "params" not in args:
        raise NoCounterpartError  # the name is a required keyword
    return await cube.storage.create(**args["params"])


async def _create_and_upload(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args["params"])
    file, kind = _source(params.pop("file")), params.pop("type")
    return await cube.storage.upload(file, content_type=kind, **params)


async def _upload(cube: ConnectyCube, args: Json) -> Any:
    fields = dict(args["params"]["data"])
    source = _source(fields.pop("file"))
    access = BlobAccess(params=f"{https(args['params']['url'])}?{encode_query(fields)}")
    return await cube.storage.upload_content(Blob(id=1, uid=fields["key"], access=access), source)


def _source(value: Json) -> Source:
    match value:
        case {"$bytes_utf8": text}:
            return str(text).encode()
        case {"$bytes_base64": text}:
            return base64.b64decode(text)
        case {"$stream_utf8": text}:
            return _stream(text.encode())
        case {"$file_stream_utf8": text, "filename": name}:
            file = io.BytesIO(text.encode())
            file.name = name
            return file
        case _:
            raise AssertionError(value)


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _complete(cube: ConnectyCube, args: Json) -> None:
    await cube.storage.complete(args["params"]["id"], args["params"]["size"])


async def _private_url(cube: ConnectyCube, args: Json) -> str:
    return cube.storage.private_url(args["uid"])


async def _public_url(cube: ConnectyCube, args: Json) -> str:
    return cube.storage.public_url(args["uid"])


_OPERATIONS: Final[Mapping[str, Call]] = {
    "auth.create_session": lambda cube, args: cube.create_session(strategy(args.get("user", {}))),
    "auth.get_session": lambda cube, _: cube.get_session(),
    "auth.set_session": _set_session,
    "auth.destroy_session": lambda cube, _: cube.destroy_session(),
    "auth.login": lambda cube, args: cube.login(strategy(args["credentials"])),
    "auth.logout": lambda cube, _: cube.logout(),
    "users.signup": _sign_up,
    "users.update": _update,
    "users.delete": lambda cube, _: cube.users.delete(),
    "users.reset_password": lambda cube, args: cube.users.reset_password(args.get("email", "")),
    "users.list_online": lambda cube, args: cube.users.find_online(**args.get("params", {})),
    "users.online_count": lambda cube, _: cube.users.count_online(),
    "users.search": search,
    "users.get_v1": look_up,
    "storage.list": _find_files,
    "storage.get_info": lambda cube, args: cube.storage.get(args["id"]),
    "storage.get_file": _get_content,
    "storage.get_file_object": _get_by_uid,
    "storage.update": lambda cube, args: cube.storage.update(
        args["params"]["id"], name=args["params"]["name"]
    ),
    "storage.delete": lambda cube, args: cube.storage.delete(args["id"]),
    "storage.create": _create,
    "storage.create_and_upload": _create_and_upload,
    "storage.upload": _upload,
    "storage.mark_uploaded": _complete,
    "storage.private_url": _private_url,
    "storage.public_url": _public_url,
    **CHAT_OPERATIONS,
    **OTHER_OPERATIONS,
}
