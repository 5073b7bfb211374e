"""Does a transport keep its Protocol's promises?"""

from collections.abc import Callable
from typing import Final

import anyio

from connectycube.http import Transport
from connectycube.testing._transport_cancelling import CANCELLING
from connectycube.testing._transport_exchange import EXCHANGE
from connectycube.testing._transport_failures import FAILURES
from connectycube.testing._transport_stage import Make
from connectycube.testing.raw_server import PATIENCE

_LONGEST: Final = 30.0  # for one promise


async def check_transport(make: Callable[[], Transport], *, patience: float = PATIENCE) -> None:
    """
    Check a transport against servers on this machine that behave, and that do not.

    What cannot be seen from there is not checked: TLS, proxies, a second event loop.

    Args:
        make: gives a new transport, on whatever event loop runs; each is closed again.
        patience: seconds that a transport may take for what it should do at once, such as closing
            a connection; a broken one is waited for that long.

    Raises:
        AssertionError: a promise of `Transport` or `Response` is broken.
    """
    for check in (*EXCHANGE, *FAILURES, *CANCELLING):
        what = check.__name__.replace("_", " ")
        try:
            with anyio.fail_after(_LONGEST):
                await check(Make(make, patience))
        except TimeoutError:
            raise AssertionError(f"broken promise: {what}: it hangs") from None
        except Exception as error:
            first = _first(error)
            if isinstance(first, AssertionError):
                raise first from None
            raise AssertionError(f"broken promise: {what}: {type(first).__name__}") from error


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
