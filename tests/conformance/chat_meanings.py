"""Dialogs, messages, the chat search, calls and link previews of the recorded cases in our API."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from connectycube import ConnectyCube

from .searches import nested, wanted
from .vectors import Json, NoCounterpartError

Call = Callable[[ConnectyCube, Json], Awaitable[Any]]

_NAMES: Final = {"_id": "id", "message": "text", "attachments.type": "attachment_type"}
_PLATFORMS: Final = {"web": "Web", "android": "Android", "ios": "iOS"}


async def _find_dialogs(cube: ConnectyCube, args: Json) -> Any:
    params = nested(args.get("params", {}))
    count = params.pop("count", None)
    page, filters = _page(params), _filters(params)
    if count:
        return await cube.chat.dialogs.count(**filters)
    return await cube.chat.dialogs.find(**page, **filters)


async def _create_dialog(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args["params"])
    dialogs, kind = cube.chat.dialogs, params.pop("type")
    for name in {"occupants_ids", "admins_ids"} & params.keys():
        params[name] = [int(one) for one in _listed(params[name])]
    if kind == 3:
        [opponent] = params["occupants_ids"]
        return await dialogs.create_private(opponent)
    _unwrap_permissions(params)
    if "name" not in params:
        raise NoCounterpartError  # the name is a required argument
    makers: Mapping[int, Callable[..., Awaitable[Any]]] = {
        1: dialogs.create_broadcast,
        2: dialogs.create_group,
        4: dialogs.create_public,
    }
    return await makers[kind](**params)


async def _update_dialog(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args.get("params", {}))
    _unwrap_permissions(params)
    for side, occupants, messages in (
        ("push_all", "add_occupants", "pin_messages"),
        ("pull_all", "remove_occupants", "unpin_messages"),
    ):
        lists = params.pop(side, {})
        params |= {occupants: lists.get("occupants_ids", ())}
        params |= {messages: lists.get("pinned_messages_ids", ())}
    return await cube.chat.dialogs.update(args["id"], **params)


def _unwrap_permissions(params: Json) -> None:
    if "permissions" in params:
        params["allow_preview"] = params.pop("permissions")["allow_preview"]


async def _delete_dialogs(cube: ConnectyCube, args: Json) -> Any:
    return await cube.chat.dialogs.delete(*_listed(args["ids"]), force=_forces(args))


async def _clear_history(cube: ConnectyCube, args: Json) -> None:
    await cube.chat.dialogs.clear_history(args["id"], force=_forces(args))


async def _find_messages(cube: ConnectyCube, args: Json) -> Any:
    params = nested(args.get("params", {}))
    if "chat_dialog_id" not in params:
        raise NoCounterpartError  # the dialog is a required argument
    dialog_id = params.pop("chat_dialog_id")
    flags: Json = {
        name: bool(params.pop(name)) for name in ("mark_as_read", "preview") if name in params
    }
    page, filters = _page(params), _filters(params)
    return await cube.chat.messages.find(dialog_id, **page, **flags, **filters)


async def _create_message(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args.get("params", {}))
    user_id = params.pop("recipient_id", None)
    to = params.pop("chat_dialog_id", user_id)
    if to is None:
        raise NoCounterpartError  # the addressee is a required argument
    text, files = params.pop("message", None), params.pop("attachments", [])
    options = {name: bool(params.pop(name, 0)) for name in ("send_to_chat", "markable")}
    listed = list(files.values()) if isinstance(files, dict) else files
    return await cube.chat.messages.create(to, text, attachments=listed, params=params, **options)


async def _update_messages(cube: ConnectyCube, args: Json) -> None:
    params = dict(args.get("params", {}))
    if "chat_dialog_id" not in params:
        raise NoCounterpartError  # the dialog is a required argument
    changes: Json = {"dialog_id": params.pop("chat_dialog_id")}
    if "message" in params:
        changes["text"] = params.pop("message")
    changes |= {name: bool(flag) for name, flag in params.items()}
    await cube.chat.messages.update(*_listed(args["id"]), **changes)


async def _delete_messages(cube: ConnectyCube, args: Json) -> Any:
    return await cube.chat.messages.delete(*_listed(args["ids"]), force=_forces(args))


async def _send_system(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args["params"])
    return await cube.chat.messages.send_system(params.pop("recipientId"), **params)


async def _count_unread(cube: ConnectyCube, args: Json) -> Any:
    params = args.get("params", {})
    # The official documentation has a name for it that its code does not know.
    dialog_ids = params.get("chat_dialog_ids", params.get("dialogs_ids", ()))
    return await cube.chat.messages.unread_counts(*_listed(dialog_ids))


async def _get_reactions(cube: ConnectyCube, args: Json) -> Any:
    if "id" not in args:
        raise NoCounterpartError  # the message is a required argument
    return await cube.chat.messages.get_reactions(args["id"])


async def _react(cube: ConnectyCube, args: Json) -> None:
    await cube.chat.messages.add_reaction(args["id"], args["add"])
    await cube.chat.messages.remove_reaction(args["id"], args["remove"])


async def _search(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args["params"])
    bounds = {"until": params.pop("start_date", None), "since": params.pop("end_date", None)}
    options: Json = {name: _moment(value) for name, value in bounds.items() if value is not None}
    if "chat_dialog_ids" in params:
        options["dialog_ids"] = _listed(params.pop("chat_dialog_ids"))
    return await cube.chat.search(params.pop("search_text"), **params, **options)


def _moment(value: Any) -> Any:
    """Read a moment as whoever wrote it meant it; what nobody can read stays as it is."""
    if isinstance(value, dict):
        return datetime.fromisoformat(value["$date"])
    if isinstance(value, str):
        return datetime.fromisoformat(value) if value[:1].isdigit() else value
    is_milliseconds = value > 10**11
    return datetime.fromtimestamp(value / 1000 if is_milliseconds else value, UTC)


async def _reject_call(cube: ConnectyCube, args: Json) -> None:
    params = args["params"]
    await cube.calls.reject(
        params["recipientId"],
        params["sessionID"],
        platform=_PLATFORMS[params["platform"]],  # type: ignore[arg-type]
        user_info=params.get("userInfo"),
    )


def _filters(params: Json) -> Json:
    # The application's own members are texts by their names, not operators.
    own = {"extensions": params.pop("extensions")} if "extensions" in params else {}
    return own | {_NAMES.get(name, name): wanted(name, value) for name, value in params.items()}


def _page(params: Json) -> Json:
    options: Json = {name: params.pop(name) for name in ("limit", "skip") if name in params}
    for name, sign in (("sort_asc", ""), ("sort_desc", "-")):
        if name in params:
            options["sort"] = sign + params.pop(name)
    return options


def _listed(ids: Any) -> list[Any]:
    """Read several ids as the official SDK takes them: a list, or text with commas."""
    if isinstance(ids, str):
        return [one.strip() for one in ids.split(",") if one]
    return list(ids)


def _forces(args: Json) -> bool:
    return bool(args.get("params", {}).get("force"))


CHAT_OPERATIONS: Final[Mapping[str, Call]] = {
    "chat.dialog.list": _find_dialogs,
    "chat.dialog.create": _create_dialog,
    "chat.dialog.update": _update_dialog,
    "chat.dialog.delete": _delete_dialogs,
    "chat.dialog.clear_history": _clear_history,
    "chat.dialog.subscribe": lambda cube, args: cube.chat.dialogs.subscribe(args["id"]),
    "chat.dialog.subscribe_to_public": lambda cube, args: cube.chat.dialogs.subscribe(args["id"]),
    "chat.dialog.unsubscribe": lambda cube, args: cube.chat.dialogs.unsubscribe(args["id"]),
    "chat.dialog.unsubscribe_from_public": lambda cube, args: cube.chat.dialogs.unsubscribe(
        args["id"]
    ),
    "chat.dialog.add_admins": lambda cube, args: cube.chat.dialogs.add_admins(
        args["id"], args["admins_ids"]
    ),
    "chat.dialog.remove_admins": lambda cube, args: cube.chat.dialogs.remove_admins(
        args["id"], args["admins_ids"]
    ),
    "chat.dialog.update_notifications_settings": lambda cube, args: (
        cube.chat.dialogs.set_notifications(args["id"], args["enabled"])
    ),
    "chat.dialog.get_notifications_settings": lambda cube, args: (
        cube.chat.dialogs.get_notifications(args["id"])
    ),
    "chat.dialog.get_public_occupants": lambda cube, args: cube.chat.dialogs.find_occupants(
        args["id"], **args.get("params", {})
    ),
    "chat.message.list": _find_messages,
    "chat.message.create": _create_message,
    "chat.message.update": _update_messages,
    "chat.message.delete": _delete_messages,
    "chat.message.create_system": _send_system,
    "chat.message.unread_count": _count_unread,
    "chat.message.list_reactions": _get_reactions,
    "chat.message.add_reaction": lambda cube, args: cube.chat.messages.add_reaction(
        args["id"], args["reaction"]
    ),
    "chat.message.remove_reaction": lambda cube, args: cube.chat.messages.remove_reaction(
        args["id"], args["reaction"]
    ),
    "chat.message.update_reaction": _react,
    "chat.search": _search,
    "calls.reject": _reject_call,
    "linkpreview.get": lambda cube, args: cube.link_previews.get(args["url"], fallback=True),
}
