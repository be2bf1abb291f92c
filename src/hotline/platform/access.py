"""What routes ask for in their signatures: the platform, a unit of work, and an actor with a permission.

`Annotated[Actor, Depends(require(Permission.QUEUES_MANAGE))]` is both the check and its declaration; a test walks every
router and fails routes that declare neither a permission nor `public(reason)`. Works alike for HTTP (Authorization: Bearer)
and WebSockets (sub-protocols `hotline`, `bearer.<token>`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from hotline.platform.actor import Actor
from hotline.platform.auth import Authenticator
from hotline.platform.clock import Clock, utc_now
from hotline.platform.database import Database, Work
from hotline.platform.errors import InUse, Invalid, NotLoggedIn, NotPermitted, PasswordChangeNeeded
from hotline.platform.permissions import Permission
from hotline.platform.settings import Settings

WEBSOCKET_PROTOCOL = "hotline"
_BEARER_PROTOCOL = "bearer."

Service = TypeVar("Service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that refers to a thing: shown as "where used", and in the way of its removal."""

    kind: str
    id: str
    name: str


UseFinder = Callable[[AsyncSession, str, str], Awaitable[list[Use]]]
"""Given (session, kind of thing, its id or key), the uses of it within one feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One reference to a thing by its id or key, and who makes it; `authority_id` is the referrer's organisation."""

    thing: str
    use: Use
    authority_id: str


MentionFinder = Callable[[AsyncSession, str], Awaitable[list[Mention]]]
"""Given (session, kind of thing), every reference to things of that kind within one feature, whether they are there or not."""

ReferenceCheck = Callable[[AsyncSession, Actor, str], Awaitable[bool]]
"""Whether a thing of one kind (id or key) is there, active, and in the actor's sight. Each feature answers for its own."""


@dataclass(slots=True, kw_only=True)
class Platform:
    """What every feature stands on, made once by the composition root and reached through the application's state.

    `services` holds implementations of ports by their Protocol (`platform.services[CallControl] = …`), for `provided`.
    """

    settings: Settings
    database: Database
    authenticator: Authenticator
    clock: Clock = utc_now
    services: dict[type, Any] = field(default_factory=dict[type, Any])
    site_changed: Callable[[], Awaitable[None]] | None = None
    """Run after each commit that changed the site's picture (main sets CallControl.reconfigure)."""
    use_finders: list[UseFinder] = field(default_factory=list[UseFinder])
    mention_finders: list[MentionFinder] = field(default_factory=list[MentionFinder])
    background: dict[str, Callable[[], Coroutine[Any, Any, None]]] = field(
        default_factory=dict[str, Callable[[], Coroutine[Any, Any, None]]]
    )
    """What features do all the time, by name; the composition root runs each as a task of its own."""
    reference_checks: dict[str, ReferenceCheck] = field(default_factory=dict[str, ReferenceCheck])
    listeners: dict[type, list[Any]] = field(default_factory=dict[type, list[Any]])
    """Who wants to be told of something, by the Protocol they speak (`SmsListener`); features add theirs at wiring."""

    async def require_reference(
        self, session: AsyncSession, actor: Actor, field_name: str, kind: str, thing: str | None
    ) -> None:
        """Refuse a reference to something that is not there, not active, or out of the actor's sight. None is no reference.

        Raises:
            Invalid: naming the field.
        """
        if thing is not None and not await self.reference_checks[kind](session, actor, thing):
            raise Invalid(field_name, f"没有找到“{thing}”")

    async def require_unused(self, session: AsyncSession, kind: str, thing: str) -> None:
        """Refuse to remove what is in use. Raises `InUse` naming the uses."""
        if uses := await self.uses_of(session, kind, thing):
            raise InUse(uses="、".join(use.name for use in uses[:5]))

    async def mentions_of(self, session: AsyncSession, actor: Actor, kind: str) -> list[Mention]:
        """Every reference to things of a kind that an actor may know of, over all features."""
        found = [mention for find in self.mention_finders for mention in await find(session, kind)]
        return [mention for mention in found if actor.sees(mention.authority_id)]

    async def uses_of(self, session: AsyncSession, kind: str, thing: str) -> list[Use]:
        """Everything that refers to a thing, over all features."""
        return [use for find in self.use_finders for use in await find(session, kind, thing)]


def install_platform(app: FastAPI, platform: Platform) -> None:
    """Make `platform` known to the routes of `app`."""
    app.state.platform = platform


def get_platform(connection: HTTPConnection) -> Platform:
    """The platform of the application that serves this request."""
    return cast("Platform", connection.app.state.platform)


ThePlatform = Annotated[Platform, Depends(get_platform)]


def provided(port: type[Service]) -> Callable[[HTTPConnection], Service]:
    """A dependency that yields the implementation of `port`: `Annotated[CallControl, Depends(provided(CallControl))]`."""

    def find(connection: HTTPConnection) -> Service:
        return cast("Service", get_platform(connection).services[port])

    return find


async def _reading(platform: ThePlatform) -> AsyncIterator[AsyncSession]:
    async with platform.database.reading() as session:
        yield session


async def _writing(platform: ThePlatform) -> AsyncIterator[Work]:
    async with platform.database.writing() as work:
        yield work


ReadSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
"""A session for looking things up."""
WriteWork = Annotated[Work, Depends(_writing, scope="function")]
"""A unit of work; it commits when the route returns, before the answer leaves, and undoes everything when it raises."""


def mark_site_changed(work: Work, platform: Platform) -> None:
    """After this unit of work has committed, let the running centre load the site anew."""
    if platform.site_changed is not None:
        work.after_commit("site_changed", platform.site_changed)


async def current_actor(connection: HTTPConnection, platform: ThePlatform) -> Actor:
    """Whoever is logged in; 401 otherwise."""
    token = token_of(connection)
    if token is None:
        raise NotLoggedIn
    return await platform.authenticator.actor_of(token, address=address_of(connection))


CurrentActor = Annotated[Actor, Depends(current_actor)]
"""Any logged-in person, even one who must change the password first: only for one's own session."""


def token_of(connection: HTTPConnection) -> str | None:
    """The bearer token of a request or a WebSocket handshake."""
    if connection.scope["type"] == "websocket":
        offered = cast("list[str]", connection.scope.get("subprotocols", []))
        found = [one.removeprefix(_BEARER_PROTOCOL) for one in offered if one.startswith(_BEARER_PROTOCOL)]
        return found[0] if found else None
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def address_of(connection: HTTPConnection) -> str:
    """The address a request came from ("" when the server does not know)."""
    return connection.client.host if connection.client else ""


class require:  # noqa: N801 - reads as a word in signatures
    """A dependency that yields the actor when they have one of the permissions, and refuses with 403 otherwise."""

    def __init__(self, *any_of: Permission) -> None:
        assert any_of, "a route without permission is declared public(reason)"
        self.any_of = any_of

    async def __call__(self, actor: CurrentActor) -> Actor:
        if actor.must_change_password:
            raise PasswordChangeNeeded
        if not any(actor.may(permission) for permission in self.any_of):
            raise NotPermitted(permissions=[str(permission) for permission in self.any_of])
        return actor


class _Public:
    def __init__(self, reason: str) -> None:
        assert reason, "say why"
        self.reason = reason

    def __call__(self) -> None:
        return None


def public(reason: str) -> Any:
    """Declare a route open to everybody: `dependencies=[public("log-in itself")]`."""
    return Depends(_Public(reason))


def guards_of(dependant: Dependant) -> Iterator[str]:
    """Yield what guards a route: permissions, `public: …`, or `logged in`. Nothing means unguarded."""
    call: object = dependant.call
    if isinstance(call, require):
        yield from (str(permission) for permission in call.any_of)
    elif isinstance(call, _Public):
        yield f"public: {call.reason}"
    elif call is current_actor:
        yield "logged in"
    for inner in dependant.dependencies:
        yield from guards_of(inner)
