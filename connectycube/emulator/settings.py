"""The switches: what an application may configure, and what the contract only infers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from .identity import IdentityProvider, Vouch
from .refusals import ErrorShape


def _copied(verifiers: Mapping[str, Vouch]) -> Mapping[str, Vouch]:
    # A reset must find what the service was built with, whatever became of the given one.
    return dict(verifiers)


@attrs.define(kw_only=True)
class Settings:
    """
    Say how the emulated application behaves.

    Every member may be changed while the emulator runs; a reset brings them all back.
    """

    # What an application's owner sets in the dashboard.
    create_users: bool = True
    """A session or login of an unknown user creates that user."""
    v1_enabled: bool = False
    """The deprecated user look-ups answer instead of 403."""
    identity: IdentityProvider | None = None
    """The application's own backend vouches for users; without one nobody else does."""
    verifiers: Mapping[str, Vouch] = attrs.field(factory=dict[str, Vouch], converter=_copied)
    """
    Who vouches for the users of `facebook`, `twitter`, `firebase_phone` and `firebase_email`.

    For a provider that is not in it the tokens count that the emulator mints, and no others.
    """
    dialog_extensions: str = ""
    """
    The custom fields that dialogs have, three at most, joined by commas; others are dropped.

    Empty: any three.
    """
    muc_host: str = "muc.chat.connectycube.com"
    """
    Where the rooms of dialogs live: it is in the addresses that REST tells.

    The chat finds them there, and at `muc.` before any domain that a client asks for.
    """

    # Deployments differ here.
    legacy: bool = False
    """The session routes that the service has removed (A6 to A9) exist."""
    signature_required: bool = False
    """A session request without a signature is refused."""
    older_texts: bool = False
    """A wrong password is `Unauthorized`, and so is a token that the own backend refuses."""
    external_failure_in_200: bool = False
    """A failure of the own backend is told inside a 200 answer, in the list shape (E8)."""
    older_tokens: bool = False
    """Tokens are 40 lower-case hex digits instead of 36 upper-case ones."""
    older_objects: bool = False
    """Sessions and users have the members, ids and nulls of older backends."""
    error_shape: ErrorShape = attrs.field(
        default="base", validator=attrs.validators.in_(("base", "list", "legacy"))
    )
    """The shape of `Required session does not exist` (E2, E1 or E5)."""
    signature_error_shape: Literal["base", "list"] = attrs.field(
        default="list", validator=attrs.validators.in_(("base", "list"))
    )
    """The shape of `Unexpected signature`; both were seen."""
    empty_body: str = ""
    """The body of a success without content; a single space was seen too."""
    compress: bool = False
    """Answers of both origins are gzipped for requests that accept it."""

    # Times in seconds.
    session_seconds: float = 7200
    """A session dies so long after its last request."""
    guest_seconds: float = 86400
    """A guest and its sessions vanish so long after the guest came."""
    guest_session_seconds: float = 7200
    """
    As `session_seconds`, for guests, and never past the guest's own end.

    The contract says "1 day" in one place; its recorded answer and its facts for the emulator say
    two hours, sliding. Set 86400 for the other reading.
    """
    signature_window_seconds: float = 3600
    """A signed timestamp may be so far from the clock."""
    write_url_seconds: float = 3600
    """The content of a file may be uploaded so long after its record was created."""
    read_url_seconds: float = 604800
    """A signed download URL opens so long."""

    # The object store.
    largest_file: int = 100 * 1024 * 1024
    """Bytes that one upload may hold."""
    store_takes_chunked: bool = True
    """An upload without a length is taken; the real store may want one, and one SDK sends none."""

    # The realtime chat. Whether the real service does these things is not known.
    sm_resume: bool = True
    """A stream that was cut can be resumed."""
    sm_resume_seconds: float = 300
    """So long after the cut."""
    sm_most_lost: int = 10
    """So many devices of a user are kept after a cut; the oldest of more is let go."""
    sm_queue_size: int = 1000
    """A device that has not confirmed more stanzas than this is let go."""
    sm_ack_seconds: float = 60
    """So is a line, which may be resumed, that does not say for so long what has arrived."""
    groupchat_without_join: bool = True
    """Those in a dialog write to its room, and hear it, without having joined."""
    offline_storage: bool = True
    """Messages to a user who is not connected wait, and come with the time they were sent."""

    # Inferred: nothing states these.
    reveal_unknown_email: bool = True
    """A password reset for an unknown address is 404 instead of a silent 200."""
    refuse_unknown_filters: bool = False
    """An unknown search field is `Invalid filter` instead of ignored."""
    refuse_unknown_fields: bool = False
    """An unknown field of a custom object is 422 instead of ignored."""
    undefined_class_status: int = 403
    """The status of `Undefined class`; 404 is possible."""
    v1_disabled_status: int = 403
    """The status of `Users retrieving forbidden`."""
    invalid_filter_status: int = 422
    """The status of an invalid users V2 query."""
    refuse_empty_updates: bool = True
    """An update of a dialog that changes nothing is 422."""
    groups_are_open: bool = False
    """Groups can be subscribed to as well, as one of two pages says."""
    meeting_mails_need_notify: bool = True
    """A meeting whose members change sends mails only while it notifies."""
