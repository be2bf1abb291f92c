"""Routes about people: users, roles, organisations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hotline.features.users.organisations import OrganisationService, tree_of
from hotline.features.users.repository import (
    OrganisationRepository,
    RoleRepository,
    SessionRepository,
    UserRepository,
)
from hotline.features.users.schemas import (
    OrganisationCreate,
    OrganisationRead,
    OrganisationTree,
    OrganisationUpdate,
    PhonePassword,
    RolePage,
    RoleRead,
    SessionPage,
    TemporaryPassword,
    UserCreate,
    UserCreated,
    UserFilterActive,
    UserPage,
    UserRead,
    UserUpdate,
)
from hotline.features.users.service import Reader, UserService, new_temporary_password, read_sessions
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit

router = APIRouter(tags=["users"])

CanViewUsers = Annotated[Actor, Depends(require(Permission.USERS_VIEW))]
CanManageUsers = Annotated[Actor, Depends(require(Permission.USERS_MANAGE))]
CanManageSettings = Annotated[Actor, Depends(require(Permission.SETTINGS_MANAGE))]
_ACTIVE: dict[UserFilterActive, bool | None] = {"yes": True, "no": False, "all": None}


@router.get("/users")
async def list_users(
    actor: CanViewUsers,
    session: ReadSession,
    q: Annotated[str, Query(max_length=64)] = "",
    role: str = "",
    authority_id: str = "",
    active: UserFilterActive = "yes",
    cursor: str | None = None,
    limit: Limit = 200,
) -> UserPage:
    """Users in sight, by user name. `q` looks in user name, name and work number."""
    users = UserRepository(session, actor)
    rows = await users.search(
        words=q.strip(),
        role=role,
        authority_id=authority_id,
        active=_ACTIVE[active],
        cursor=cursor,
        limit=limit,
    )
    more = len(rows) > limit
    items = await Reader(users).read(rows[:limit])
    return UserPage(items=items, next_cursor=make_cursor(rows[limit - 1].username) if more else None)


@router.post("/users", status_code=201)
async def create_user(
    wanted: UserCreate, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> UserCreated:
    """Make a user with a temporary password, shown this once."""
    temporary, password_hash = await new_temporary_password(platform)
    return await UserService(work, actor, platform).create(wanted, password_hash, temporary)


@router.get("/users/{user_id}")
async def get_user(user_id: str, actor: CanViewUsers, session: ReadSession) -> UserRead:
    """One user."""
    users = UserRepository(session, actor)
    return (await Reader(users).read([await users.require(user_id)]))[0]


@router.patch("/users/{user_id}")
async def update_user(
    user_id: str, wanted: UserUpdate, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> UserRead:
    """Change a user; only given fields change. Ends all sessions of a user who is deactivated."""
    return await UserService(work, actor, platform).update(user_id, wanted)


@router.post("/users/{user_id}/password")
async def reset_password(
    user_id: str, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> TemporaryPassword:
    """Give a user a temporary password, shown this once; all their sessions end."""
    temporary, password_hash = await new_temporary_password(platform)
    await UserService(work, actor, platform).set_password(user_id, password_hash)
    return TemporaryPassword(temporary_password=temporary)


@router.post("/users/{user_id}/phone")
async def reset_phone_password(
    user_id: str, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> PhonePassword:
    """Give an agent's desk phone a new SIP password, shown this once."""
    return await UserService(work, actor, platform).set_phone_password(user_id)


@router.post("/users/{user_id}/unlock")
async def unlock_user(
    user_id: str, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> UserRead:
    """Open an account that wrong passwords have locked."""
    return await UserService(work, actor, platform).unlock(user_id)


@router.get("/users/{user_id}/sessions")
async def list_user_sessions(
    user_id: str, actor: CanManageUsers, session: ReadSession, platform: ThePlatform
) -> SessionPage:
    """The open log-ins of a user."""
    await UserRepository(session, actor).require(user_id)
    rows = await SessionRepository(session, actor).open_of(user_id)
    return SessionPage(items=read_sessions(rows, actor, platform.clock()))


@router.delete("/users/{user_id}/sessions", status_code=204)
async def revoke_user_sessions(
    user_id: str, actor: CanManageUsers, platform: ThePlatform, work: WriteWork
) -> None:
    """End all log-ins of a user."""
    await UserService(work, actor, platform).revoke_sessions(user_id)


@router.get("/roles")
async def list_roles(actor: CanViewUsers, session: ReadSession) -> RolePage:
    """Every role with its rights."""
    rows = await RoleRepository(actor, UserRepository(session, actor)).all()
    items = [
        RoleRead.model_validate(
            {
                "key": row.key,
                "name": row.name,
                "scope": row.scope,
                "permissions": row.permissions,
                "works_at_desk": Permission.DESK_USE in row.permissions,
            }
        )
        for row in rows
    ]
    return RolePage(items=items, total=len(items))


@router.get("/organisations")
async def list_organisations(actor: CanViewUsers, session: ReadSession) -> OrganisationTree:
    """The organisations in sight, as trees."""
    return OrganisationTree(items=tree_of(await OrganisationRepository(session, actor).all()))


@router.post("/organisations", status_code=201)
async def create_organisation(
    wanted: OrganisationCreate, actor: CanManageSettings, platform: ThePlatform, work: WriteWork
) -> OrganisationRead:
    """Make an organisation below another."""
    return await OrganisationService(work, actor, platform).create(wanted)


@router.patch("/organisations/{organisation_id}")
async def update_organisation(
    organisation_id: str,
    wanted: OrganisationUpdate,
    actor: CanManageSettings,
    platform: ThePlatform,
    work: WriteWork,
) -> OrganisationRead:
    """Rename or (de)activate an organisation; only given fields change."""
    return await OrganisationService(work, actor, platform).update(organisation_id, wanted)
