"""Change people: make users, change them, give passwords, open locks; agents with their work numbers, queues and desk phones.

Nobody may give rights that they do not have, nor touch a person who has more: a manager makes no administrators and resets no
administrator's password.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from hotline.features.users.repository import (
    AgentRepository,
    OrganisationRepository,
    RoleRepository,
    UserRepository,
)
from hotline.features.users.schemas import (
    AgentFields,
    AgentRead,
    PhonePassword,
    QueuePlace,
    SessionRead,
    UserCreate,
    UserCreated,
    UserRead,
    UserUpdate,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid, NotPermitted, Taken
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.masking import masked
from hotline.platform.passwords import make_password
from hotline.platform.people import SIP_REALM, Agent, Device, QueueMember, Role, User
from hotline.platform.permissions import BUILT_IN_ROLES, Permission, Scope

_DESK_RIGHTS = next(role.permissions for role in BUILT_IN_ROLES if role.key == "agent")


class NotYourself(Conflict):
    """One cannot take one's own rights or close one's own account."""

    code = "not_yourself"
    text = Text("不能停用自己或更改自己的角色", "You cannot deactivate yourself or change your own role")


class NotAnAgent(Conflict):
    """The user does not work at the desk."""

    code = "not_an_agent"
    text = Text("该用户不是座席", "This user is not an agent")


class Reader:
    """Assembles users for reading."""

    def __init__(self, users: UserRepository) -> None:
        self.users = users
        self.agents = AgentRepository(users.session, users.actor)
        self.organisations = OrganisationRepository(users.session, users.actor)
        self.roles = RoleRepository(users.actor, users)

    async def read(self, rows: list[User]) -> list[UserRead]:
        """Return users with role, organisation and agent's side."""
        roles = {role.key: role for role in await self.roles.all()}
        names = await self.organisations.names()
        agents = await self.agents.of_users([row.id for row in rows])
        places = await self.agents.places(list(agents))
        return [
            UserRead(
                id=row.id,
                username=row.username,
                name=row.name,
                role=row.role,
                role_name=roles[row.role].name,
                authority_id=row.authority_id,
                authority_name=names.get(row.authority_id, ""),
                active=row.active,
                must_change_password=row.must_change_password,
                locked_until=row.locked_until,
                last_login_at=row.last_login_at,
                agent=self._agent(agents[row.id], places.get(row.id, [])) if row.id in agents else None,
            )
            for row in rows
        ]

    def _agent(self, agent: Agent, places: list[QueueMember]) -> AgentRead:
        whole = self.users.actor.may(Permission.USERS_MANAGE)
        return AgentRead(
            number=agent.number,
            may_call_out=agent.may_call_out,
            default_hotline_id=agent.default_hotline_id,
            queues=[QueuePlace(queue_id=p.queue_id, level=p.level, order=p.position) for p in places],
            mobile=agent.mobile if whole else masked(agent.mobile),
            leader=agent.leader,
            call_class=agent.call_class,
        )


class UserService:
    """Changes people within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._users = UserRepository(work.session, actor)
        self._reader = Reader(self._users)
        self._agents = self._reader.agents

    async def create(self, wanted: UserCreate, password_hash: str, temporary: str) -> UserCreated:
        """Make a user with a temporary password, whose hash was computed before this unit of work began."""
        role = await self._assignable(wanted.role)
        if await self._users.username_taken(wanted.username):
            raise Taken(value=wanted.username)
        authority_id = wanted.authority_id or self._actor.authority_id
        await self._reader.organisations.require(authority_id)
        user = self._users.add(
            User(
                id=new_id(),
                authority_id=authority_id,
                username=wanted.username,
                name=wanted.name,
                role=role.key,
                password_hash=password_hash,
                must_change_password=True,
                active=True,
                failed_attempts=0,
                created_at=self._platform.clock(),
            )
        )
        await self._work.session.flush()
        await self._set_agent(user, role, wanted.agent)
        read = await self._one(user)
        audit.record(self._work, self._actor, "users.create", _target(user), after=read.model_dump())
        mark_site_changed(self._work, self._platform)
        return UserCreated(user=read, temporary_password=temporary)

    async def update(self, user_id: str, wanted: UserUpdate) -> UserRead:
        """Change the given fields."""
        user = await self._touchable(user_id)
        before = await self._one(user)
        fields = wanted.model_fields_set
        if user.id == self._actor.user_id and fields & {"role", "active", "authority_id"}:
            raise NotYourself
        role = await self._assignable(wanted.role if "role" in fields else user.role)
        if "authority_id" in fields:
            await self._reader.organisations.require(wanted.authority_id)
        for name in fields - {"agent"}:
            setattr(user, name, getattr(wanted, name))
        await self._set_agent(user, role, wanted.agent if "agent" in fields else before.agent)
        if "active" in fields and not user.active:
            await self._platform.authenticator.revoke(self._work, user.id)
        read = await self._one(user)
        audit.record(
            self._work,
            self._actor,
            "users.update",
            _target(user),
            before=before.model_dump(),
            after=read.model_dump(),
        )
        mark_site_changed(self._work, self._platform)
        return read

    async def set_password(self, user_id: str, password_hash: str, *, temporary: bool = True) -> None:
        """Give a password whose hash was computed before; all sessions of the user end."""
        user = await self._touchable(user_id)
        user.password_hash, user.must_change_password = password_hash, temporary
        user.failed_attempts, user.locked_until = 0, None
        await self._platform.authenticator.revoke(self._work, user.id)
        audit.record(self._work, self._actor, "users.password", _target(user))

    async def unlock(self, user_id: str) -> UserRead:
        """Open a locked account."""
        user = await self._touchable(user_id)
        user.failed_attempts, user.locked_until = 0, None
        audit.record(self._work, self._actor, "users.unlock", _target(user))
        return await self._one(user)

    async def revoke_sessions(self, user_id: str) -> int:
        """End every session of a user; return how many."""
        user = await self._touchable(user_id)
        ended = await self._platform.authenticator.revoke(self._work, user.id)
        audit.record(self._work, self._actor, "users.log_out", _target(user), after={"sessions": ended})
        return ended

    async def set_phone_password(self, user_id: str, password: str | None = None) -> PhonePassword:
        """Give the agent's desk phone a password (a new one unless given); only its digests are kept."""
        user = await self._touchable(user_id)
        agent = await self._agents.get(user.id)
        if agent is None or not agent.active:
            raise NotAnAgent
        made = password or secrets.token_urlsafe(12)
        device, there = make_device(agent, made), await self._agents.device(agent.number)
        if there is None or there.ha1_sha256 != device.ha1_sha256:
            await self._agents.drop_devices(agent.id)
            self._agents.enter(device)
            audit.record(
                self._work, self._actor, "users.phone", _target(user), after={"device": agent.number}
            )
            mark_site_changed(self._work, self._platform)
        return PhonePassword(
            user=agent.number, password=made, realm=SIP_REALM, registrar=registrar_of(self._platform)
        )

    async def _one(self, user: User) -> UserRead:
        await self._work.session.flush()
        return (await self._reader.read([user]))[0]

    async def _touchable(self, user_id: str) -> User:
        user = await self._users.require(user_id)
        role = await self._reader.roles.get(user.role)
        assert role is not None
        self._check_rights(role)
        return user

    async def _assignable(self, key: str) -> Role:
        role = await self._reader.roles.get(key)
        if role is None:
            raise Invalid("role", "没有这个角色")
        self._check_rights(role)
        return role

    def _check_rights(self, role: Role) -> None:
        beyond = set(role.permissions) - _DESK_RIGHTS - self._actor.permissions
        if beyond or (role.scope == Scope.ALL and self._actor.authorities is not None):
            raise NotPermitted(role=role.key)

    async def _set_agent(self, user: User, role: Role, wanted: AgentFields | None) -> None:
        agent = await self._agents.get(user.id)
        if Permission.DESK_USE not in role.permissions:
            if agent is not None and agent.active:
                await self._remove_agent(agent)
            return
        if wanted is None:
            raise Invalid("agent", "该角色使用座席工作台，请填写工号")
        await self._check_agent(user, wanted)
        if agent is None:
            agent = self._agents.add(Agent(id=user.id, authority_id=user.authority_id, number=wanted.number))
        elif agent.number != wanted.number:
            await self._agents.drop_devices(agent.id)  # the digest contains the number
        agent.authority_id, agent.number = user.authority_id, wanted.number
        agent.active = True
        agent.may_call_out, agent.default_hotline_id = wanted.may_call_out, wanted.default_hotline_id
        agent.mobile, agent.leader, agent.call_class = wanted.mobile, wanted.leader, wanted.call_class
        await self._work.session.flush()
        places = [
            QueueMember(
                queue_id=place.queue_id,
                agent_id=agent.id,
                authority_id=user.authority_id,
                level=place.level,
                position=place.order,
            )
            for place in wanted.queues
        ]
        await self._agents.replace_places(agent.id, places)

    async def _check_agent(self, user: User, wanted: AgentFields) -> None:
        if await self._agents.number_taken(wanted.number, but=user.id):
            raise Taken(value=wanted.number)
        queues = [place.queue_id for place in wanted.queues]
        if len(set(queues)) != len(queues):
            raise Invalid("agent.queues", "同一个座席组只能出现一次")
        check = self._platform.require_reference
        for queue_id in queues:
            await check(self._work.session, self._actor, "agent.queues", "queue", queue_id)
        await check(
            self._work.session, self._actor, "agent.default_hotline_id", "hotline", wanted.default_hotline_id
        )

    async def _remove_agent(self, agent: Agent) -> None:
        await self._agents.drop_places(agent.id)
        await self._agents.drop_devices(agent.id)
        agent.active = False


def make_device(agent: Agent, password: str) -> Device:
    """Return the desk phone of an agent with the digests of its password (RFC 7616 section 3.4.2, A1)."""
    a1 = f"{agent.number}:{SIP_REALM}:{password}".encode()
    return Device(
        id=agent.number,
        authority_id=agent.authority_id,
        agent_id=agent.id,
        ha1_md5=hashlib.md5(a1).hexdigest(),  # noqa: S324 - SIP phones know nothing better
        ha1_sha256=hashlib.sha256(a1).hexdigest(),
    )


def registrar_of(platform: Platform) -> str:
    """The address that phones register at, as `host:port`."""
    host, port = platform.settings.phones_address
    return f"{platform.settings.advertised_address or host}:{port}"


def read_sessions(rows: list[Any], actor: Actor, now: datetime) -> list[SessionRead]:
    """Return those sessions that have not run out."""
    return [
        SessionRead(
            id=row.id,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == actor.session_id,
        )
        for row in rows
        if row.expires_at > now
    ]


async def new_temporary_password(platform: Platform) -> tuple[str, str]:
    """Return a temporary password and its hash."""
    password = make_password()
    return password, await platform.authenticator.passwords.hash(password)


def _target(user: User) -> audit.Target:
    return audit.Target(kind="user", id=user.id, name=user.name, authority_id=user.authority_id)
