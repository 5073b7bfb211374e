"""`connectycube demo`: the life of a session, told and checked step by step."""

import secrets
import sys
from contextlib import AsyncExitStack
from urllib.error import HTTPError
from urllib.request import urlopen

import anyio
from anyio import to_thread

from connectycube.auth.password import EmailPassword, ExistingSession, Guest, LoginPassword
from connectycube.auth.strategy import AuthStrategy
from connectycube.auth.token import (
    CustomIdentity,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    Twitter,
)
from connectycube.cli.demo_chat import talk, talk_over_cuts
from connectycube.cli.story import Story, UntrueError
from connectycube.client import ConnectyCube
from connectycube.emulator import Emulator, IdentityProvider
from connectycube.errors import (
    ConnectyCubeError,
    InvalidInputError,
    SessionExpiredError,
    SignedOutError,
)
from connectycube.models.user import User

CALLS = 1_000
_HOUR = 3_600.0


def run_demo(*, live: bool) -> int:
    """Tell the story and return 0, or 1 if any of it is not true."""
    try:
        anyio.run(_live if live else _emulated)
    except UntrueError:
        return 1
    except InvalidInputError as error:
        print(f"connectycube demo: {error}", file=sys.stderr)
        return 2
    except ConnectyCubeError as error:
        print(f"  NOT TRUE: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print("\nAll of it was true.")
    return 0


async def _emulated() -> None:
    story = Story()
    async with AsyncExitStack() as stack:
        emulator = await stack.enter_async_context(Emulator())
        print(f"An emulator of ConnectyCube now listens on {emulator.base_url}: no account needed.")
        cube = await stack.enter_async_context(
            ConnectyCube(
                emulator.app_id,
                emulator.auth_key,
                auth=LoginPassword("cubeuser", "awesomepwd"),
                base_url=emulator.base_url,
                hosts=emulator.hosts,
            )
        )
        me = await _sign_in(story, cube)
        other = await _by_email(story, cube, EmailPassword("cube@example.org", "awesomepwd"))
        guest = await _as_guest(story, cube)
        await _by_token(story, cube, emulator)
        await _update(story, cube)
        await _show_face(story, cube)
        await talk(story, cube, other)
        await talk_over_cuts(story, cube, other, emulator)
        await _expire(story, cube, emulator, me)
        await _outlive(story, guest, emulator)
        await _destroy(story, cube)


async def _live() -> None:
    story = Story()
    name, password = f"demo-{secrets.token_hex(6)}", secrets.token_urlsafe(16)
    async with ConnectyCube.from_env(auth=LoginPassword(name, password)) as cube:
        print("Talking to the real service; every user made here is deleted again.")
        await _sign_in(story, cube)
        by_email = EmailPassword(f"{name}@example.org", password)
        other = await _by_email(story, cube, by_email)
        guest = await _as_guest(story, cube)
        await _update(story, cube)
        await _show_face(story, cube)
        story.chapter("Leaving no trace")
        for one in (other, guest, cube):
            await one.users.delete()
        story.claim("the three users are deleted, and their clients signed out", not cube.session)


async def _sign_in(story: Story, cube: ConnectyCube) -> User:
    story.chapter("Signing in by login and password")
    session = await cube.create_session()
    user = session.user
    story.claim(f"a session for user {session.user_id}, made on the fly", user is not None)
    again = await cube.create_session()
    story.claim("signing in again finds the same user", again.user_id == session.user_id)
    story.claim("the token shows in no repr", session.token not in repr((session, again, cube)))
    if user is None:
        raise UntrueError
    return user


async def _by_email(story: Story, cube: ConnectyCube, auth: AuthStrategy) -> ConnectyCube:
    story.chapter("Signing in by e-mail, as somebody else, over the same connections")
    other = cube.with_auth(auth)
    session = await other.create_session()
    mine = cube.session
    story.claim(
        f"user {session.user_id} lives beside the first one, and they do not mix",
        mine is not None and mine.user_id != session.user_id and mine.token != session.token,
    )
    return other


async def _as_guest(story: Story, cube: ConnectyCube) -> ConnectyCube:
    story.chapter("Coming as a guest")
    guest = cube.with_auth(Guest("Blue Heron"))
    session = await guest.create_session()
    user = session.user
    story.claim(
        f"a temporary user {session.user_id}, called Blue Heron",
        user is not None and user.is_guest and user.full_name == "Blue Heron",
    )
    return guest


async def _by_token(story: Story, cube: ConnectyCube, emulator: Emulator) -> None:
    story.chapter("Signing in by tokens of others")
    world = emulator.world
    phone = world.firebase_token("demo-project", phone="37120000001")
    email = world.firebase_token("demo-project", email="heron@example.org")
    # A user base of one's own: the service asks it whose token this is, and it answers.
    emulator.settings.identity = IdentityProvider(verify=lambda _: {"user": {"id": "crm-5501"}})
    strategies: dict[str, AuthStrategy] = {
        "Firebase, by telephone": FirebasePhone(project_id="demo-project", access_token=phone),
        "Firebase, by e-mail": FirebaseEmail(project_id="demo-project", access_token=email),
        "Facebook": Facebook(world.social_token("facebook", "fb-1")),
        "Twitter": Twitter(token=world.social_token("twitter", "tw-1"), secret="any"),  # noqa: S106 - no secret
        "a user base of one's own": CustomIdentity("a-token-of-our-own-back-end"),
    }
    for name, strategy in strategies.items():
        one = cube.with_auth(strategy)
        session = await one.create_session()
        await one.logout()
        user = await one.login(strategy)
        story.claim(
            f"{name}: user {user.id}, by session and by login alike", session.user_id == user.id
        )


async def _show_face(story: Story, cube: ConnectyCube) -> None:
    story.chapter("Showing a face")
    picture = b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(100_000)
    sent: list[int] = []
    me = await cube.users.set_avatar(
        picture, name="face.png", progress=lambda progress: sent.append(progress.sent)
    )
    uid = me.avatar or ""
    story.claim(f"{sent[-1]:,} bytes uploaded, privately", sent[-1] == len(picture) and uid)
    story.claim("the client fetches them back", await cube.storage.download(uid) == picture)
    fetched = await to_thread.run_sync(_browse, cube.storage.private_url(uid))
    story.claim("a browser does too, by the private URL alone", fetched == (200, picture))
    status, _ = await to_thread.run_sync(_browse, cube.storage.public_url(uid))
    story.claim("and without its token it gets nothing", status in (401, 403))


def _browse(url: str) -> tuple[int, bytes]:
    """Fetch a URL as a browser would: no header of ours."""
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - http on this machine, else https
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, b""


async def _update(story: Story, cube: ConnectyCube) -> None:
    story.chapter("Updating the profile")
    me = await cube.users.update(full_name="Mar Sim", tags=["demo", "python"])
    story.claim(f"the name is {me.full_name} now, with tags {me.tags}", me.full_name == "Mar Sim")
    session = cube.session
    known = session.user.full_name if session and session.user else None
    story.claim("and the client's own view of the user followed", known == me.full_name)


async def _expire(story: Story, cube: ConnectyCube, emulator: Emulator, me: User) -> None:
    story.chapter(f"Two hours pass without a request; then {CALLS:,} calls at once")
    emulator.clock.advance(2 * _HOUR + 60)
    seen = len(emulator.requests)
    names: list[str | None] = []

    async def call() -> None:
        names.append((await cube.users.get(me.id)).full_name)

    async with anyio.create_task_group() as group:
        for _ in range(CALLS):
            group.start_soon(call)
    requests = emulator.requests[seen:]
    logins = sum(request.path == "/session" for request in requests)
    refused = len(requests) - logins - CALLS
    story.claim(f"all {len(names):,} calls succeeded", names == ["Mar Sim"] * CALLS)
    story.claim(f"{refused:,} of them met the expired session and were sent once more", refused > 0)
    story.claim(f"and together they cost {logins} renewal", logins == 1)


async def _outlive(story: Story, guest: ConnectyCube, emulator: Emulator) -> None:
    story.chapter("A day passes, and with it the guest's")
    emulator.clock.advance(24 * _HOUR)
    guests = len(emulator.world.users)
    try:
        await guest.users.update(full_name="Still here?")
    except SessionExpiredError:
        refused = True
    else:
        refused = False
    story.claim("the guest is refused, with SessionExpiredError", refused)
    story.claim("rather than replaced by another user", len(emulator.world.users) <= guests)


async def _destroy(story: Story, cube: ConnectyCube) -> None:
    story.chapter("Ending the session")
    session = await cube.create_session()
    await cube.destroy_session()
    try:
        await cube.users.get(1)
    except SignedOutError:
        signed_out = True
    else:
        signed_out = False
    story.claim("the client is signed out, and nothing signs in by itself again", signed_out)
    thief = cube.with_auth(ExistingSession(session.token))
    try:
        await thief.get_session()
    except SessionExpiredError:
        dead = True
    else:
        dead = False
    story.claim("whoever kept the old token finds it dead", dead)
