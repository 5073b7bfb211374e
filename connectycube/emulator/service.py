"""The whole service without I/O: a request in, what the line does with it out."""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Unpack

import attrs

from .call import Call, admit
from .calls import Calls
from .calls_wanted import CallFilter, Wanted
from .clock import Clock
from .content_coding import compressed
from .damage import Met, http_date
from .faults import Faults, Trouble
from .matching import token_of
from .messages import Headers, Outcome, RecordedRequest, WireRequest, WireResponse
from .records import DEFAULT_APPLICATION, Application, Session
from .refusals import RefusalError, based, route_not_found
from .rest.routes import ROUTES
from .router import Router, without_suffix
from .seeding import plant
from .seeding_names import Names, Seeded
from .settings import Settings
from .store import DEFAULT_URL
from .user_names import TakenError
from .world import World
from .xmpp import Xmpp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .hosts import Hosts
    from .messages import Origin
    from .reply import Reply

_ROUTER = Router(ROUTES)


class Service:
    """
    Answer requests as the service would, record them, and let faults meet them.

    One lock guards everything, so any thread may call any member. It is let go while somebody
    outside is asked who a user is; see `may_wait`.
    """

    def __init__(
        self,
        *,
        app_id: int = DEFAULT_APPLICATION.id,
        auth_key: str = DEFAULT_APPLICATION.auth_key,
        auth_secret: str = DEFAULT_APPLICATION.auth_secret,
        admin_key: str = DEFAULT_APPLICATION.admin_key,
        settings: Settings | None = None,
        start: datetime | None = None,
        clock: Clock | None = None,
        store_url: str = DEFAULT_URL,
        seed: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings: Settings = settings or Settings()
        self.clock: Clock = clock or Clock(start)
        self._built_with = attrs.evolve(self.settings)
        self._lock = threading.RLock()
        self.application: Application = Application(
            id=app_id, auth_key=auth_key, auth_secret=auth_secret, admin_key=admin_key
        )
        self.world: World = World(
            self.application, clock=self.clock, settings=self.settings, lock=self._lock
        )
        self.world.store.url = store_url
        self.faults: Faults = Faults(lock=self._lock)
        self.xmpp: Xmpp = Xmpp(self.world, lock=self._lock)
        """The realtime chat."""
        self.requests: list[RecordedRequest] = []
        """What arrived at the API, the oldest first."""
        self.store_requests: list[RecordedRequest] = []
        """What arrived at the object store, the oldest first."""
        self.hosts: Hosts | None = None
        """Where the parts beside the API are served, once they are."""
        self._names = Names()
        self._first_seed = deepcopy(seed)
        self._plant_first()

    def receive(self, request: WireRequest, trouble: Trouble | None = None) -> Outcome:
        """
        Record a request, let it meet its faults, and answer it.

        Whoever has to read the body first asks `faults.meet` before, and gives here what it said:
        the body of a request whose trouble is not to read it is not looked at.
        """
        with self._lock:
            headers = Headers(request.headers)
            if trouble is None:
                trouble = self.faults.meet(request)
            recorded = self.requests if request.origin == "api" else self.store_requests
            recorded.append(
                RecordedRequest.of(
                    request,
                    headers,
                    fault=trouble.kind,
                    processed=trouble.processed,
                    user_id=self.world.user_id_of(token_of(request)),
                )
            )
            if trouble.expire:
                self.world.close_session(headers.get("CB-Token", ""))
            if trouble.instead is None or trouble.instead.shape is None:
                return Outcome(delay=trouble.delay, response=self._answer(request, headers))
            met = Met(request, headers, self.world.now())
            if trouble.processed:
                met = attrs.evolve(met, answer=self._answer(request, headers))
            outcome = trouble.instead.shape(met)
            return attrs.evolve(outcome, delay=outcome.delay + trouble.delay)

    @property
    def store_url(self) -> str:
        """Return the origin of the object store; every write and download URL begins with it."""
        return self.world.store.url

    @store_url.setter
    def store_url(self, url: str) -> None:
        self.world.store.url = url

    @property
    def may_wait(self) -> bool:
        """Say whether answering may take long, because somebody outside is asked who a user is."""
        return self.settings.identity is not None or bool(self.settings.verifiers)

    def origin_of(self, url: str) -> Origin:
        """Say where a URL leads, for a line that brings requests here without a socket."""
        return "store" if url.startswith(f"{self.store_url}/") else "api"

    @property
    def app_id(self) -> int:
        """Return the id of the application."""
        return self.application.id

    @property
    def auth_key(self) -> str:
        """Return the authorization key of the application."""
        return self.application.auth_key

    @property
    def auth_secret(self) -> str:
        """Return the secret that signs session requests."""
        return self.application.auth_secret

    @property
    def admin_key(self) -> str:
        """Return the key of the administration."""
        return self.application.admin_key

    def seed(self, document: Mapping[str, Any]) -> Seeded:
        """
        Add what a document describes, and return the ids of everything seeded so far by its name.

        A `SeedError` says what is wrong and where; what stands before that place is then there. A
        reset brings only that back which the service was built with.
        """
        with self._lock:
            plant(self.world, document, self._names)
            return self.seeded

    @property
    def seeded(self) -> Seeded:
        """Return the ids of what was seeded, by kind and name."""
        with self._lock:
            return self._names.ids

    def calls(
        self, method: str | None = None, path: str | None = None, **given: Unpack[CallFilter]
    ) -> Calls:
        """
        Return the requests that arrived and fit, to be looked at, counted and checked.

        In a path `{…}` takes any one segment and `*` anything; without method or path any will do.
        `user`, `query`, `json` and `origin` say more: see `CallFilter`.
        """
        with self._lock:
            wanted = Wanted.of(self.world, method, path, given)
            is_api = given.get("origin", "api") == "api"
            return Calls(wanted, self.requests if is_api else self.store_requests)

    def reset(self, *, seed: Mapping[str, Any] | None = None) -> None:
        """
        Go back to the start: the seed and no more, clock and switches too.

        A `seed` that is given here is what there is from now on, after each further reset as well;
        where it is wrong a `SeedError` says so, and what stands before that place is then there.
        """
        with self._lock:
            if seed is not None:
                self._first_seed = deepcopy(seed)
            for switch in attrs.fields(Settings):
                setattr(self.settings, switch.name, getattr(self._built_with, switch.name))
            self.clock.reset()
            self.faults.clear()
            self.faults.seed()
            self.requests.clear()
            self.store_requests.clear()
            self.xmpp.reset()
            self.world.reset()
            self._names = Names()
            self._plant_first()

    def _plant_first(self) -> None:
        if self._first_seed is not None:
            plant(self.world, self._first_seed, self._names)

    def _answer(self, request: WireRequest, headers: Headers) -> WireResponse:
        now = self.world.now()
        if request.origin == "store":
            answer = self.world.store.answer(request, headers, now)
            answer = attrs.evolve(answer, headers={"Date": http_date(now), **answer.headers})
        else:
            answer = self._answer_api(request, headers, now)
        return compressed(answer, headers) if self.settings.compress else answer

    def _answer_api(self, request: WireRequest, headers: Headers, now: datetime) -> WireResponse:
        self.world.remove_vanished_guests(now)
        session: Session | None = None
        try:
            call, reply = self._handle(request, headers, now)
            session = call.session
        except RefusalError as refusal:
            reply = refusal.reply
        except TakenError as taken:
            # The words for a login are inferred from those for an e-mail.
            reply = based(422, *(f"{name} must be unique" for name in taken.names)).reply
        self.xmpp.settle(session.user_id if session else None)
        return self._respond(reply, session, now)

    def _handle(self, request: WireRequest, headers: Headers, now: datetime) -> tuple[Call, Reply]:
        found = _ROUTER.find(request.method, without_suffix(request.path))
        if found is None or (found[0].legacy and not self.settings.legacy):
            raise route_not_found(request.method, request.path)
        route, arguments = found
        call = Call(
            world=self.world, request=request, headers=headers, arguments=arguments, now=now
        )
        admit(call, route.caller)
        return call, route.handler(call)

    def _respond(self, reply: Reply, session: Session | None, now: datetime) -> WireResponse:
        headers = {"Date": http_date(now)}
        # Only successes of a session that still lives tell its end (README §7).
        if session is not None and self.world.live_session(session.token, now) is session:
            ends = session.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
            headers["CB-Token-ExpirationDate"] = ends
            headers["Access-Control-Expose-Headers"] = "CB-Token-ExpirationDate, Date"
        if reply.location is not None:
            headers["Location"] = reply.location
        if reply.payload is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
            text = json.dumps(reply.payload, ensure_ascii=False, separators=(",", ":"))
        else:
            text = self.settings.empty_body if reply.text is None else reply.text
            if text:
                headers["Content-Type"] = "text/plain; charset=utf-8"
        # A lone surrogate can come in by JSON and has no UTF-8.
        body = text.encode("utf-8", "replace")
        return WireResponse(status=reply.status, headers=headers, body=body)
