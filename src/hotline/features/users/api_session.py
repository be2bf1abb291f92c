"""Routes of log-in: open, look at and close one's own session, change one's own password."""

from fastapi import APIRouter
from starlette.requests import Request

from hotline.features.users.schemas import (
    AgentRef,
    AuthorityRef,
    Credentials,
    Me,
    PasswordChange,
    SessionOpened,
)
from hotline.platform.access import CurrentActor, ThePlatform, address_of, public
from hotline.platform.actor import Actor

router = APIRouter(tags=["session"])


def me_of(actor: Actor) -> Me:
    """Return the actor as the web application knows them."""
    return Me(
        id=actor.user_id,
        username=actor.username,
        name=actor.name,
        role=actor.role,
        role_name=actor.role_name,
        permissions=sorted(actor.permissions),
        authority=AuthorityRef(id=actor.authority_id, name=actor.authority_name),
        agent=AgentRef(id=actor.user_id, number=actor.agent_number) if actor.agent_number else None,
        must_change_password=actor.must_change_password,
    )


@router.post("/session", status_code=201, dependencies=[public("log-in itself")])
async def open_session(wanted: Credentials, request: Request, platform: ThePlatform) -> SessionOpened:
    """Log in. Five wrong passwords lock an account for fifteen minutes."""
    opened = await platform.authenticator.log_in(
        wanted.username,
        wanted.password,
        address=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return SessionOpened(token=opened.token, expires_at=opened.expires_at, user=me_of(opened.actor))


@router.get("/session")
async def get_session(actor: CurrentActor) -> Me:
    """Who is logged in."""
    return me_of(actor)


@router.delete("/session", status_code=204)
async def close_session(actor: CurrentActor, platform: ThePlatform) -> None:
    """Log out."""
    await platform.authenticator.log_out(actor)


@router.put("/session/password", status_code=204)
async def change_own_password(wanted: PasswordChange, actor: CurrentActor, platform: ThePlatform) -> None:
    """Change one's own password; other sessions of the same person end."""
    await platform.authenticator.change_password(actor, wanted.old, wanted.new)
