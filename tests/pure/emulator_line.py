"""A service with a few users, and a line on which each of them can call it."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.records import User
from connectycube.emulator.service import Service

START = datetime(2024, 6, 10, 10, tzinfo=UTC)
NOW = int(START.timestamp())


class Line:
    """Mara calls, unless another user is named; "app" has a session without a user."""

    def __init__(self) -> None:
        self.service = Service(clock=Clock(START, frozen=True))
        self.world = self.service.world
        add = self.world.add_user
        self.mara = add(
            login="mara",
            full_name="Mara Kessler",
            email="mara@example.org",
            phone="37120000001",
            timezone=120,
            custom_data='{"theme":"dark"}',
            tags=("team_red",),
        )
        self.jonas = add(
            login="jonas",
            phone="+371 2000-0002",
            tags=("team_red", "skippers"),
            external_id="crm-5501",
        )
        self.ruta = add(login="ruta", tags=("beta",), external_user_id=4410)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        form: dict[str, str] | None = None,
        by: User | str | None = None,
    ) -> tuple[int, Any]:
        headers = {"CB-Token": self._token(by)}
        content = b"" if body is None else json.dumps(body).encode()
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            content = urlencode(form).encode()
        outcome = self.service.receive(WireRequest(method, path, query, headers, content))
        response = outcome.response
        assert response is not None
        return response.status, json.loads(response.body) if response.body else None

    def _token(self, by: User | str | None) -> str:
        user = None if by == "app" else self.mara if by is None else by
        assert not isinstance(user, str)
        return self.world.open_session(user, ts=0).token
