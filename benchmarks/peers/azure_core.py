"""azure-core: the policy that puts a token on each request, and a pipeline of the usual ones."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.shape import Call, Login, Renewing

_core: Any = import_module("azure.core")
_credentials: Any = import_module("azure.core.credentials")
_pipeline: Any = import_module("azure.core.pipeline")
_policies: Any = import_module("azure.core.pipeline.policies")
_rest: Any = import_module("azure.core.rest")


class _Credential:
    def __init__(self, login: Login) -> None:
        self._login = login

    async def get_token(self, *_scopes: str, **_options: Any) -> Any:
        return _credentials.AccessToken(await self._login(), int(time.time()) + 3600)


@asynccontextmanager
async def renewing(login: Login) -> AsyncIterator[Renewing]:
    policy = _policies.AsyncBearerTokenCredentialPolicy(_Credential(login), "scope")

    async def get() -> object:
        request = _rest.HttpRequest("GET", "https://peer.example/")
        context = _pipeline.PipelineContext(None)
        await policy.on_request(_pipeline.PipelineRequest(request, context))
        return request

    def expire() -> None:
        policy._token = None  # noqa: SLF001 - as a refused call leaves it

    await get()
    yield Renewing(get, expire)


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    policies = [
        _policies.RequestIdPolicy(),
        _policies.HeadersPolicy({"CB-Token": "t"}),
        _policies.UserAgentPolicy("benchmark"),
        _policies.ContentDecodePolicy(),
        _policies.AsyncRetryPolicy(),
    ]
    async with _core.AsyncPipelineClient(base_url, policies=policies) as client:

        async def call() -> object:
            request = _rest.HttpRequest("GET", f"{base_url}/users/v2?id=8881&limit=1")
            response = await client.send_request(request)
            response.raise_for_status()
            return response.json()

        yield call
