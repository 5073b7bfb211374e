"""aiobotocore: credentials that refresh themselves."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from benchmarks.peers.shape import Login, Renewing

_credentials: Any = import_module("aiobotocore.credentials")
# It logs each failed refresh with a traceback, which nobody reads here.
logging.getLogger("botocore").addHandler(logging.NullHandler())
logging.getLogger("aiobotocore").addHandler(logging.NullHandler())


@asynccontextmanager
async def renewing(login: Login) -> AsyncIterator[Renewing]:
    async def refresh() -> dict[str, str]:
        return {
            "access_key": "key",
            "secret_key": "secret",
            "token": await login(),
            "expiry_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }

    held = _credentials.AioRefreshableCredentials.create_from_metadata(
        await refresh(), refresh_using=refresh, method="benchmark"
    )

    def expire() -> None:
        held._expiry_time = datetime.now(UTC)  # noqa: SLF001 - it has no other way to be told

    yield Renewing(held.get_frozen_credentials, expire)
