"""All state of the emulated service, and the plain steps that change it."""

from __future__ import annotations

import heapq
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Unpack

from .address_book import AddressBooks
from .chat import Chat
from .custom_objects import CustomObjects
from .files import Files
from .ids import Ids
from .link_pages import LinkPages
from .meetings import Meetings
from .push import Push
from .records import Application, Mail, Profile, Session, User
from .store import ObjectStore
from .tokens import mint
from .user_names import UserNames
from .whiteboards import Whiteboards

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    from .chat_records import Dialog, DialogMembers, Message, MessageMembers
    from .clock import Clock
    from .custom_objects import CustomClass, CustomRecord
    from .meetings_records import Meeting, MeetingMembers, Recording, RecordingMembers
    from .push import SentPush, Subscription
    from .rendering import Json
    from .settings import Settings


class World:
    """
    Hold users, sessions, files and mails of one application.

    Handlers run under the service's lock; the public methods take it, so tests may call them
    from any thread.
    """

    def __init__(
        self,
        application: Application,
        *,
        clock: Clock,
        settings: Settings,
        lock: threading.RLock,
    ) -> None:
        self.application = application
        self.clock = clock
        self.settings = settings
        self.mails: list[Mail] = []
        """The outbox."""
        self.files: Files = Files(lock)
        """The records of files."""
        self.link_pages: LinkPages = LinkPages(lock)
        """The web pages that link previews show."""
        self.store: ObjectStore = ObjectStore(settings)
        """The contents of files."""
        self.chat: Chat = Chat(lock, now=self.now, object_id=self.object_id)
        """Dialogs and messages."""
        self.whiteboards: Whiteboards = Whiteboards(lock)
        self.meetings: Meetings = Meetings(lock, self)
        """Meetings and their recordings."""
        self.custom_objects: CustomObjects = CustomObjects(
            lock, now=self.now, object_id=self.object_id
        )
        """Classes and their records."""
        self.push: Push = Push(lock)
        """Subscriptions, and the pushes that went out."""
        self.address_books: AddressBooks = AddressBooks(lock)
        """The contacts that users have uploaded."""
        self._lock = lock
        self._start()

    def reset(self) -> None:
        """Forget everybody and everything; ids start over."""
        with self._lock:
            self.mails.clear()
            self.files.clear()
            self.link_pages.clear()
            self.meetings.clear()
            self.store.reset()
            self.chat.clear()
            self.whiteboards.clear()
            self.custom_objects.clear()
            self.push.clear()
            self.address_books.clear()
            self._start()

    def _start(self) -> None:
        self.ids: Ids = Ids()
        self._users: dict[int, User] = {}
        self._names = UserNames()
        self._sessions: dict[str, Session] = {}
        self._guests: list[tuple[datetime, int]] = []
        self._nonces: set[tuple[str, str]] = set()

    def now(self) -> datetime:
        """Return the moment in whole seconds, the finest that the wire shows."""
        return self.clock.now().replace(microsecond=0)

    def object_id(self) -> str:
        """Return a fresh 24-hex id."""
        return self.ids.object(self.now())

    # Users.

    @property
    def users(self) -> list[User]:
        """Return all users, the oldest first."""
        with self._lock:
            return list(self._users.values())

    def user(self, user_id: int | None) -> User | None:
        """Return the user with this id."""
        return None if user_id is None else self._users.get(user_id)

    def find_user(self, *, login: str | None = None, email: str | None = None) -> User | None:
        """Return the user with this login or e-mail; both are matched exactly."""
        with self._lock:
            return self.user(self._names.find(login=login, email=email))

    def add_user(self, **profile: Unpack[Profile]) -> User:
        """Create a user; a taken login or e-mail raises `TakenError`."""
        return self._add(profile, guest=False)

    def add_guest(self, **profile: Unpack[Profile]) -> User:
        """Create a guest, which vanishes a day later."""
        with self._lock:
            profile["login"] = self.ids.guest_login()
            profile["password"] = None
            profile.setdefault("phone", "")  # docs sample: a guest's phone is an empty string
            return self._add(profile, guest=True)

    def _add(self, profile: Profile, *, guest: bool) -> User:
        with self._lock:
            now = self.now()
            gone_at = now + timedelta(seconds=self.settings.guest_seconds) if guest else None
            user = User(
                id=self.ids.user(),
                object_id=self.ids.object(now),
                created_at=now,
                updated_at=now,
                is_guest=guest,
                gone_at=gone_at,
            )
            self.change_user(user, profile)
            self._users[user.id] = user
            if gone_at is not None:
                heapq.heappush(self._guests, (gone_at, user.id))
            return user

    def change_user(self, user: User, changes: Profile) -> None:
        """Write these members; a taken login or e-mail raises `TakenError` and writes nothing."""
        with self._lock:
            self._names.change(user, changes)
            user.updated_at = self.now()

    def remove_user(self, user_id: int) -> None:
        """Remove a user and every session of that user."""
        with self._lock:
            user = self._users.pop(user_id, None)
            if user is None:
                return
            self._names.forget(user)
            self.push.forget_user(user_id)
            self.address_books.forget_user(user_id)
            for session in list(self._sessions_of(user_id)):
                del self._sessions[session.token]

    def remove_vanished_guests(self, now: datetime) -> None:
        """Remove the guests whose day is over, with their sessions."""
        while self._guests and self._guests[0][0] <= now:
            self.remove_user(heapq.heappop(self._guests)[1])

    def set_online(self, user_id: int, *, online: bool = True) -> None:
        """Let a user be connected to the chat or not; raises `KeyError` where there is none."""
        with self._lock:
            user = self.user(user_id)
            if user is None:
                raise KeyError(f"no user has the id {user_id}")
            user.is_online = online

    # Sessions.

    @property
    def sessions(self) -> list[Session]:
        """Return the sessions that live."""
        with self._lock:
            now = self.now()
            self.remove_vanished_guests(now)
            return [one for one in self._sessions.values() if one.expires_at > now]

    def open_session(self, user: User | None, *, ts: int, nonce: int | None = None) -> Session:
        """Open a session; earlier ones of the same user stay valid (inferred)."""
        with self._lock:
            now = self.now()
            session = Session(
                id=self.ids.session(),
                token=self.ids.token(older=self.settings.older_tokens),
                user_id=user.id if user else None,
                created_at=now,
                updated_at=now,
                expires_at=self._end_of_session(user, now),
                ts=ts,
                nonce=nonce,
            )
            self._sessions[session.token] = session
            return session

    def user_id_of(self, token: str | None) -> int | None:
        """Return whose session this is, also where it has just expired; None for nobody's."""
        session = None if token is None else self._sessions.get(token)
        return None if session is None else session.user_id

    def live_session(self, token: str, now: datetime) -> Session | None:
        """Return the session behind a token, unless it has expired."""
        session = self._sessions.get(token)
        if session is not None and session.expires_at <= now:
            del self._sessions[token]
            return None
        return session

    def touch(self, session: Session, now: datetime) -> None:
        """Push the expiry forward: each authenticated request does."""
        user = self.user(session.user_id)
        session.expires_at = self._end_of_session(user, now)
        if user is not None:
            user.last_request_at = now

    def bind(self, session: Session, user: User | None) -> None:
        """Put a user on a session, or take the user off; the token stays."""
        session.user_id = user.id if user else None
        session.updated_at = self.now()
        session.expires_at = self._end_of_session(user, session.updated_at)

    def close_session(self, token: str) -> None:
        """Forget the session behind a token."""
        with self._lock:
            self._sessions.pop(token, None)

    def close_sessions_of(self, user_id: int, *, but: str | None = None) -> None:
        """Forget the sessions of a user, one token excepted."""
        for session in list(self._sessions_of(user_id)):
            if session.token != but:
                del self._sessions[session.token]

    def expire_sessions(self, user_id: int | None = None) -> None:
        """Make all sessions expired, or those of one user."""
        with self._lock:
            if user_id is None:
                self._sessions.clear()
            else:
                self.close_sessions_of(user_id)

    def _sessions_of(self, user_id: int) -> Iterator[Session]:
        return (one for one in self._sessions.values() if one.user_id == user_id)

    def _end_of_session(self, user: User | None, now: datetime) -> datetime:
        if user is None or user.gone_at is None:
            return now + timedelta(seconds=self.settings.session_seconds)
        end = now + timedelta(seconds=self.settings.guest_session_seconds)
        return min(end, user.gone_at)

    # The chat.

    def add_dialog(
        self,
        owner: User,
        type: int = 2,  # noqa: A002 - the wire's name
        **members: Unpack[DialogMembers],
    ) -> Dialog:
        """Create a dialog, a group unless its type says otherwise; see `Chat.add_dialog`."""
        return self.chat.add_dialog(owner.id, type, **members)

    def add_message(
        self,
        dialog: Dialog,
        sender: User,
        text: str | None = None,
        **members: Unpack[MessageMembers],
    ) -> Message:
        """Put a message into a dialog; see `Chat.add_message`."""
        return self.chat.add_message(dialog, sender.id, text, **members)

    # Custom objects, pushes, contacts.

    def add_class(
        self,
        name: str,
        *,
        fields: Mapping[str, str],
        permissions: Mapping[str, Any] | None = None,
        overrides_records: bool = False,
    ) -> CustomClass:
        """
        Define a class of custom objects; a `ValueError` tells what is wrong.

        `fields` has the type of each field: Integer, Float, String, Boolean, Array, File, Location
        or Date. `permissions` are as on the wire, for create, read, update and delete; but for
        create they count only with `overrides_records`, and then instead of the records' own.
        """
        return self.custom_objects.add_class(
            name, fields=fields, permissions=permissions, overrides_records=overrides_records
        )

    def add_record(
        self,
        class_name: str,
        fields: Mapping[str, Any],
        *,
        user_id: int,
        parent_id: str | None = None,
        permissions: Mapping[str, Any] | None = None,
    ) -> CustomRecord:
        """Create a custom object of this user; a `ValueError` tells what is wrong."""
        return self.custom_objects.add(
            class_name, fields, user_id=user_id, parent_id=parent_id, permissions=permissions
        )

    def add_subscription(
        self,
        user_id: int,
        *,
        channel: str = "gcm",
        token: str,
        udid: str,
        platform: str = "android",
        environment: str = "development",
    ) -> Subscription:
        """Let pushes for a user go to a device."""
        return self.push.subscribe(
            user_id,
            ids=self.ids,
            channel=channel,
            token=token,
            udid=udid,
            platform=platform,
            environment=environment,
        )

    @property
    def pushes(self) -> list[SentPush]:
        """Return the pushes that went out: one for each device that got one."""
        return self.push.sent

    def add_contacts(
        self, user_id: int, contacts: Mapping[str, str], *, udid: str | None = None
    ) -> None:
        """Put contacts, which are names by phone, into a user's address book."""
        with self._lock:
            book = self.address_books.book(user_id, udid)
            self.address_books.replace(user_id, {**book, **contacts}, udid=udid)

    # Meetings.

    def add_meeting(
        self, host: User, *, chat: bool = False, **members: Unpack[MeetingMembers]
    ) -> Meeting:
        """Create a meeting; see `Meetings.add`."""
        return self.meetings.add(host, chat=chat, **members)

    def add_recording(self, meeting_id: str, **members: Unpack[RecordingMembers]) -> Recording:
        """Let the recording of a meeting be ready; see `Meetings.add_recording`."""
        return self.meetings.add_recording(meeting_id, **members)

    def meeting_webhook(self, meeting_id: str) -> Json:
        """Return what the service posts to the application; see `Meetings.webhook`."""
        return self.meetings.webhook(meeting_id)

    # The rest.

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Let others in while a handler waits for somebody outside; what it knew may be gone."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()

    def firebase_token(
        self,
        project_id: str,
        *,
        phone: str | None = None,
        email: str | None = None,
        seconds: float = 3600,
    ) -> str:
        """Mint the `access_token` of somebody who has proved a phone number or an e-mail."""
        if (phone is None) == (email is None):
            raise ValueError("a Firebase token proves either a phone or an email")
        provider = "firebase_phone" if email is None else "firebase_email"
        user = {"phone": phone} if email is None else {"email": email}
        claims = {"provider": provider, "aud": project_id, "user": user}
        return mint(claims, now=self.now(), seconds=seconds)

    def social_token(
        self,
        provider: Literal["facebook", "twitter"],
        user_id: str,
        *,
        full_name: str | None = None,
        seconds: float = 3600,
    ) -> str:
        """Mint the token of a user of Facebook or Twitter; with Twitter any secret fits it."""
        user = {f"{provider}_id": user_id, "full_name": full_name}
        return mint({"provider": provider, "user": user}, now=self.now(), seconds=seconds)

    def send_mail(self, user: User, *, subject: str, link: str) -> None:
        """Put a mail in the outbox."""
        self.mails.append(
            Mail(
                to=user.email or "",
                subject=subject,
                body=f"Hello,\n\nfollow this link: {link}\n",
                link=link,
                user_id=user.id,
                sent_at=self.now(),
            )
        )

    def use_nonce(self, nonce: str, timestamp: str) -> bool:
        """Take a nonce and timestamp; False when the pair was taken before."""
        pair = (nonce, timestamp)
        if pair in self._nonces:
            return False
        self._nonces.add(pair)
        return True
