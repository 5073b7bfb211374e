"""The operations of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.call import Call, Caller, Handler
from connectycube.emulator.refusals import not_emulated
from connectycube.emulator.router import Route

from .address_book import get_address_book, list_registered_contacts, upload_address_book
from .admin_dialogs import list_all_dialogs, update_any_dialog
from .admin_meetings import create_meeting_for, delete_recordings, list_any_recordings
from .admin_messages import list_all_messages
from .admin_stats import (
    count_dialogs,
    count_dialogs_per_day,
    count_messages,
    count_messages_per_day,
)
from .admin_users import delete_any_user
from .calls import reject_call
from .chat_search import search_chat
from .dialogs import create_dialog, list_dialogs
from .dialogs_occupants import (
    get_dialog_notifications,
    list_dialog_occupants,
    subscribe_to_dialog,
    unsubscribe_from_dialog,
    update_dialog_notifications,
)
from .dialogs_removal import clear_dialog_history, delete_dialogs
from .dialogs_updates import update_dialog, update_dialog_admins
from .events import create_event
from .files import (
    complete_file,
    create_file,
    delete_file,
    download_file,
    get_file,
    get_file_object,
    list_files,
    update_file,
)
from .link_previews import get_link_preview
from .login import login, logout
from .meetings import create_meeting, delete_meeting, list_meetings, update_meeting
from .message_reactions import list_message_reactions, update_message_reactions
from .messages import get_unread_counts, list_messages
from .messages_create import create_message, send_system_message
from .messages_delete import delete_messages
from .messages_update import update_all_messages, update_messages
from .record_search import list_records
from .record_updates import update_record, update_records, update_records_by_criteria
from .recordings import list_recordings
from .records import (
    create_record,
    create_records,
    delete_records,
    delete_records_by_criteria,
    get_records,
)
from .sessions import (
    create_session,
    destroy_other_sessions,
    destroy_session,
    destroy_session_by_id,
    get_session,
)
from .subscriptions import create_subscription, delete_subscription, list_subscriptions
from .users import (
    delete_user,
    delete_user_by_external_id,
    reset_password,
    sign_up,
    update_user,
)
from .users_online import list_online_users
from .users_search import list_users
from .users_v1 import (
    get_user,
    get_user_by,
    get_user_by_external_id,
    list_users_by_full_name,
    list_users_by_tags,
    list_users_v1,
)
from .whiteboards import (
    create_whiteboard,
    delete_whiteboard,
    list_whiteboards,
    update_whiteboard,
)

if TYPE_CHECKING:
    from connectycube.emulator.reply import Reply


def _missing(name: str) -> Handler:
    def handler(_call: Call) -> Reply:
        raise not_emulated(name)

    return handler


ROUTES = [
    Route("POST", "/session", Caller.ANYONE, create_session),
    Route("GET", "/session", Caller.SESSION, get_session),
    Route("DELETE", "/session", Caller.SESSION, destroy_session),
    Route("POST", "/login", Caller.SESSION, login),
    Route("DELETE", "/login", Caller.USER, logout),
    Route("DELETE", "/session/list", Caller.USER, destroy_other_sessions, legacy=True),
    Route("DELETE", "/session/{id}", Caller.SESSION, destroy_session_by_id, legacy=True),
    Route("POST", "/session/web", Caller.ANYONE, _missing("create_web_session"), legacy=True),
    Route("PATCH", "/session/web", Caller.USER, _missing("upgrade_web_session"), legacy=True),
    Route("POST", "/users", Caller.AUTH_KEY_OR_SESSION, sign_up),
    Route("GET", "/users/v2", Caller.USER, list_users),
    Route("GET", "/users/online", Caller.USER, list_online_users),
    Route("PUT", "/users/{id}", Caller.USER, update_user),
    Route("DELETE", "/users/{id}", Caller.USER, delete_user),
    Route("DELETE", "/users/external/{id}", Caller.USER, delete_user_by_external_id),
    Route("POST", "/users/password/reset", Caller.SESSION, reset_password),
    Route("GET", "/users/password/reset", Caller.SESSION, reset_password),
    Route("GET", "/users", Caller.USER, list_users_v1),
    Route("GET", "/users/{id}", Caller.USER, get_user),
    Route("GET", "/users/by_login", Caller.USER, get_user_by("login")),
    Route("GET", "/users/by_full_name", Caller.USER, list_users_by_full_name),
    Route("GET", "/users/by_facebook_id", Caller.USER, get_user_by("facebook_id")),
    Route("GET", "/users/by_twitter_id", Caller.USER, get_user_by("twitter_id")),
    Route("GET", "/users/by_email", Caller.USER, get_user_by("email")),
    Route("GET", "/users/by_tags", Caller.USER, list_users_by_tags),
    # Two SDKs spell the path differently; the documentation is silent.
    Route("GET", "/users/phone", Caller.USER, get_user_by("phone")),
    Route("GET", "/users/by_phone", Caller.USER, get_user_by("phone")),
    Route("GET", "/users/external/{id}", Caller.USER, get_user_by_external_id),
    Route("POST", "/blobs", Caller.USER, create_file),
    Route("GET", "/blobs", Caller.USER, list_files),
    Route("PUT", "/blobs/{id}", Caller.USER, update_file),
    Route("DELETE", "/blobs/{id}", Caller.USER, delete_file),
    Route("PUT", "/blobs/{id}/complete", Caller.USER, complete_file),
    Route("POST", "/blobs/{id}/complete", Caller.USER, complete_file),
    # Public files are for anyone, so these look themselves.
    Route("GET", "/blobs/{id}", Caller.ANYONE, get_file),
    Route("GET", "/blobs/{uid}/download", Caller.ANYONE, download_file),
    Route("GET", "/blobs/{uid}/object", Caller.USER, get_file_object),
    Route("POST", "/subscriptions", Caller.USER, create_subscription),
    Route("GET", "/subscriptions", Caller.USER, list_subscriptions),
    Route("DELETE", "/subscriptions/{id}", Caller.USER, delete_subscription),
    Route("POST", "/events", Caller.USER, create_event),
    Route("POST", "/data/{class}", Caller.USER, create_record),
    Route("POST", "/data/{class}/multi", Caller.USER, create_records),
    Route("GET", "/data/{class}", Caller.USER, list_records),
    Route("GET", "/data/{class}/{ids}", Caller.USER, get_records),
    # These two words are no ids, so they stand before the ids.
    Route("PUT", "/data/{class}/by_criteria", Caller.USER, update_records_by_criteria),
    Route("PUT", "/data/{class}/multi", Caller.USER, update_records),
    Route("PUT", "/data/{class}/{id}", Caller.USER, update_record),
    Route("DELETE", "/data/{class}/by_criteria", Caller.USER, delete_records_by_criteria),
    Route("DELETE", "/data/{class}/{ids}", Caller.USER, delete_records),
    Route("POST", "/address_book", Caller.USER, upload_address_book),
    Route("GET", "/address_book", Caller.USER, get_address_book),
    Route("GET", "/address_book/registered_users", Caller.USER, list_registered_contacts),
    Route("GET", "/chat/Dialog", Caller.USER, list_dialogs),
    Route("POST", "/chat/Dialog", Caller.USER, create_dialog),
    Route("PUT", "/chat/Dialog/{id}", Caller.USER, update_dialog),
    Route("DELETE", "/chat/Dialog/{ids}", Caller.USER, delete_dialogs),
    Route("DELETE", "/chat/Dialog/clearHistory/{id}", Caller.USER, clear_dialog_history),
    # The documentation writes these two with a small letter once.
    Route("POST", "/chat/Dialog/{id}/subscribe", Caller.USER, subscribe_to_dialog),
    Route("POST", "/chat/dialog/{id}/subscribe", Caller.USER, subscribe_to_dialog),
    Route("DELETE", "/chat/Dialog/{id}/subscribe", Caller.USER, unsubscribe_from_dialog),
    Route("DELETE", "/chat/dialog/{id}/subscribe", Caller.USER, unsubscribe_from_dialog),
    Route("PUT", "/chat/Dialog/{id}/admins", Caller.USER, update_dialog_admins),
    Route("PUT", "/chat/Dialog/{id}/notifications", Caller.USER, update_dialog_notifications),
    Route("GET", "/chat/Dialog/{id}/notifications", Caller.USER, get_dialog_notifications),
    Route("GET", "/chat/Dialog/{id}/occupants", Caller.USER, list_dialog_occupants),
    Route("POST", "/whiteboards", Caller.USER, create_whiteboard),
    Route("GET", "/whiteboards", Caller.USER, list_whiteboards),
    Route("PUT", "/whiteboards/{id}", Caller.USER, update_whiteboard),
    Route("DELETE", "/whiteboards/{id}", Caller.USER, delete_whiteboard),
    Route("GET", "/chat/Message", Caller.USER, list_messages),
    Route("GET", "/chat/Message/unread", Caller.USER, get_unread_counts),
    Route("POST", "/chat/Message", Caller.USER, create_message),
    Route("POST", "/chat/Message/system", Caller.USER, send_system_message),
    Route("PUT", "/chat/Message", Caller.USER, update_all_messages),
    Route("PUT", "/chat/Message/{ids}", Caller.USER, update_messages),
    Route("DELETE", "/chat/Message/{ids}", Caller.USER, delete_messages),
    Route("PUT", "/chat/Message/{id}/reactions", Caller.USER, update_message_reactions),
    Route("GET", "/chat/Message/{id}/reactions", Caller.USER, list_message_reactions),
    Route("GET", "/chat/search", Caller.USER, search_chat),
    Route("POST", "/calls/reject", Caller.USER, reject_call),
    Route("POST", "/meetings", Caller.USER, create_meeting),
    Route("GET", "/meetings", Caller.USER, list_meetings),
    Route("PUT", "/meetings/{id}", Caller.USER, update_meeting),
    Route("DELETE", "/meetings/{id}", Caller.USER, delete_meeting),
    Route("GET", "/meetings/recordings/{id}", Caller.USER, list_recordings),
    # On the preview host, which asks for no session.
    Route("POST", "/unfurl", Caller.ANYONE, get_link_preview),
    Route("PUT", "/admin/chat/{id}", Caller.ADMIN, update_any_dialog),
    Route("GET", "/admin/chat/list", Caller.ADMIN, list_all_dialogs),
    Route("GET", "/admin/chat/messages/list", Caller.ADMIN, list_all_messages),
    Route("POST", "/admin/meetings", Caller.ADMIN, create_meeting_for),
    Route("GET", "/admin/meetings/recordings/{id}", Caller.ADMIN, list_any_recordings),
    Route("DELETE", "/admin/meetings/recordings/{id}", Caller.ADMIN, delete_recordings),
    Route("GET", "/admin/stats/messages/sent-total", Caller.ADMIN, count_messages),
    Route("GET", "/admin/stats/messages/sent-per-day", Caller.ADMIN, count_messages_per_day),
    Route("GET", "/admin/stats/dialogs/created-total", Caller.ADMIN, count_dialogs),
    Route("GET", "/admin/stats/dialogs/created-per-day", Caller.ADMIN, count_dialogs_per_day),
    Route("DELETE", "/admin/user/{id}", Caller.ADMIN, delete_any_user),
]
