"""What goes wrong between a bot and its handlers; all of it is a `ConnectyCubeError`."""

from connectycube.errors import ConnectyCubeError, InvalidInputError


class HandlerSignatureError(InvalidInputError):
    """A handler, a filter or a middleware asks for what nobody can give it."""


class CommandUsageError(ConnectyCubeError):
    """
    A command was given other arguments than it takes.

    Without an error handler for it the bot answers with the usage.

    Attributes:
        usage: how it is used, such as `/remind MINUTES TEXT...`.
        problem: what was wrong, without what was given.
    """

    def __init__(self, usage: str, problem: str) -> None:
        self.usage = usage
        self.problem = problem
        super().__init__(f"{problem}; usage: {usage}")


class HandlerTimeoutError(ConnectyCubeError):
    """A handler took longer than it may."""

    def __init__(self, handler: str, seconds: float) -> None:
        self.handler = handler
        self.seconds = seconds
        super().__init__(f"{handler} took longer than {seconds:g} seconds")
