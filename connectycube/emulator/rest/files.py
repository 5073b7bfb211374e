"""Files: F1 and F3 to F10. Their contents go to the object store, by signed forms and URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.call import Caller, admit
from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.refusals import field, fields, not_found, not_permitted
from connectycube.emulator.rendering import file_json, iso
from connectycube.emulator.reply import Reply

from .paging import page_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.records import File

_LONGEST_NAME = 100
_BLANK = "can't be blank"


def create_file(call: Call) -> Reply:
    """Create a record, and say where its content goes (F1)."""
    members = as_object(call.parameters.get("blob")) or {}
    wanted = _members(members, required=("name", "content_type"))
    older = call.settings.older_objects
    file = call.world.files.add(call.world.ids, call.user.id, call.now, older=older)
    _write(file, wanted)
    # Private by default: the documentation's words against its own sample.
    file.public = _is_true(members.get("public"))
    return Reply(
        status=201, payload=_shown(call, file, blob_object_access=_write_access(call, file))
    )


def complete_file(call: Call) -> Reply:
    """Take the size; from here on the file can be read (F3, by PUT and by POST)."""
    file = _own_file(call)
    body = call.parameters
    # The documentation wraps the member, the official SDK does not. That there is any content in
    # the store, and how much, is not checked (inferred).
    size = (as_object(body.get("blob")) or body).get("size")
    if size is None or size == "":
        raise field("size", _BLANK)
    file.size = _size(size)
    file.completed_at = file.updated_at = call.now
    return Reply()


def get_file(call: Call) -> Reply:
    """
    Show the record of an id (F4), or lead to the content of a uid (F10).

    A uid with `.json` behind it is the official SDK's `getFile`, which expects a record; the
    documentation has no such call.
    """
    if call.arguments[0].isdecimal():
        admit(call, Caller.USER)
        return Reply(payload=_shown(call, _file_of_id(call)))
    if call.request.path.endswith(".json"):
        admit(call, Caller.USER)
        return Reply(payload=_shown(call, _file_of_uid(call)))
    return download_file(call)


def download_file(call: Call) -> Reply:
    """
    Lead to the content, for anybody or for a user's session (F6, F10).

    The token may come in the query, as in an embedded URL, and counts as activity like any other.
    """
    file = _file_of_uid(call)
    store = call.world.store
    token = call.parameters.get("token")
    if not file.public:
        admit(call, Caller.USER, token=str(token) if token else None)
    if file.completed_at is None:
        raise not_found()
    url = store.plain_url(file.uid) if file.public else store.read_url(file.uid, now=call.now)
    return Reply(status=301, location=url)


def get_file_object(call: Call) -> Reply:
    """Show the record of a uid, on demand with a signed URL of its content (F7)."""
    file = _file_of_uid(call)
    if not _is_true(call.parameters.get("download_url")):
        return Reply(payload=_shown(call, file))
    if file.completed_at is None:
        raise not_found()
    access = {"download_url": call.world.store.read_url(file.uid, now=call.now)}
    return Reply(payload=_shown(call, file, blob_object_access=access))


def list_files(call: Call) -> Reply:
    """Show a page of the caller's files (F5)."""
    own = [file for file in call.world.files if file.owner_id == call.user.id]
    page = page_of(call, own)
    page["items"] = [_shown(call, file, **_older_members(file)) for file in page["items"]]
    return Reply(payload=page)


def update_file(call: Call) -> Reply:
    """Write name or content type; `new` brings a fresh write URL (F8, the URL is inferred)."""
    file = _own_file(call)
    members = as_object(call.parameters.get("blob")) or {}
    _write(file, _members(members))
    file.updated_at = call.now
    more: dict[str, Any] = _older_members(file)
    if _is_true(members.get("new")):
        more["blob_object_access"] = _write_access(call, file)
    return Reply(payload=_shown(call, file, **more))


def delete_file(call: Call) -> Reply:
    """Remove record and content (F9)."""
    file = _own_file(call)
    call.world.files.remove(file)
    call.world.store.remove(file.uid)
    return Reply()


def _file_of_id(call: Call) -> File:
    file = call.world.files.find(id=call.arguments[0])
    if file is None:
        raise not_found()
    return file


def _file_of_uid(call: Call) -> File:
    file = call.world.files.find(uid=call.arguments[0])
    if file is None:
        raise not_found()
    return file


def _own_file(call: Call) -> File:
    file = _file_of_id(call)
    if file.owner_id != call.user.id:
        raise not_permitted()
    return file


def _members(members: Parameters, *, required: tuple[str, ...] = ()) -> dict[str, str]:
    wanted: dict[str, str] = {}
    unfit: dict[str, list[str]] = {}
    for name in ("name", "content_type"):
        if name not in members and name not in required:
            continue
        value = members.get(name)
        if reason := _unfit(name, value):
            unfit[name] = [reason]
        else:
            wanted[name] = str(value)
    if unfit:
        raise fields(unfit)
    return wanted


def _unfit(name: str, value: Any) -> str | None:
    if value is None or value == "":
        return _BLANK
    if not isinstance(value, str):
        return "must be a string"
    if name == "name":
        too_long = f"is too long (maximum is {_LONGEST_NAME} characters)"
        return too_long if len(value) > _LONGEST_NAME else None
    # It becomes a header of the store.
    is_type = "/" in value and value.isascii() and value.isprintable()
    return None if is_type else "is invalid"


def _write(file: File, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        setattr(file, name, value)


def _size(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise field("size", "is not a number")
    return int(text)


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


def _older_members(file: File) -> dict[str, Any]:
    # The deprecated calls answer with members that the current ones have dropped.
    return {
        "blob_status": None if file.completed_at is None else "complete",
        "set_completed_at": iso(file.completed_at),
    }


def _write_access(call: Call, file: File) -> dict[str, Any]:
    ends = call.now.timestamp() + call.settings.write_url_seconds
    return {
        "id": file.id,
        "blob_id": file.id,
        "expires": iso(call.now.fromtimestamp(ends, call.now.tzinfo)),
        "object_access_type": "Write",
        "params": call.world.store.write_url(
            file.uid, content_type=file.content_type, public=file.public, now=call.now
        ),
    }


def _shown(call: Call, file: File, **more: Any) -> dict[str, Any]:
    application = call.world.application.id if call.settings.older_objects else None
    return {"blob": file_json(file, application_id=application) | more}
