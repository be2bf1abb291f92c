"""Queries about people, scoped by the actor's authorities."""

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.platform.actor import Actor, Repository, after_cursor, authority_in_sight
from hotline.platform.database import Base
from hotline.platform.people import Agent, Device, LoginSession, Organisation, QueueMember, Role, User


class UserRepository(Repository[User]):
    """Users."""

    model = User

    async def search(
        self, *, words: str, role: str, authority_id: str, active: bool | None, cursor: str | None, limit: int
    ) -> list[User]:
        """Users in the order of their user names, one more than `limit` when there are more."""
        chosen = self.query()
        if words:
            numbered = exists().where(Agent.id == User.id, Agent.number.startswith(words, autoescape=True))
            chosen = chosen.where(
                or_(
                    User.username.contains(words.lower(), autoescape=True),
                    User.name.contains(words, autoescape=True),
                    numbered,
                )
            )
        if role:
            chosen = chosen.where(User.role == role)
        if authority_id:
            chosen = chosen.where(User.authority_id == authority_id)
        if active is not None:
            chosen = chosen.where(User.active == active)
        return list(await self.session.scalars(after_cursor(chosen, cursor, User.username).limit(limit + 1)))

    async def username_taken(self, username: str) -> bool:
        """Whether any user of the installation has this name, in sight or not: names are unique over all."""
        return await self.session.scalar(select(exists().where(User.username == username))) or False


class AgentRepository(Repository[Agent]):
    """The agents' side of users."""

    model = Agent

    async def of_users(self, user_ids: list[str]) -> dict[str, Agent]:
        """The agents among these users."""
        return {agent.id: agent for agent in await self.all(Agent.id.in_(user_ids), Agent.active)}

    async def number_taken(self, number: str, but: str = "") -> bool:
        """Whether another agent of the installation has this work number: numbers are telephones, unique over all."""
        taken = exists().where(Agent.number == number, Agent.id != but)
        return await self.session.scalar(select(taken)) or False

    async def places(self, agent_ids: list[str]) -> dict[str, list[QueueMember]]:
        """The queue places of these agents."""
        chosen = select(QueueMember).where(QueueMember.agent_id.in_(agent_ids)).order_by(QueueMember.queue_id)
        condition = authority_in_sight(QueueMember.authority_id, self.actor)
        if condition is not None:
            chosen = chosen.where(condition)
        found: dict[str, list[QueueMember]] = {}
        for place in await self.session.scalars(chosen):
            found.setdefault(place.agent_id, []).append(place)
        return found

    async def replace_places(self, agent_id: str, places: list[QueueMember]) -> None:
        """Make the agent's places in queues in sight be exactly these."""
        chosen = delete(QueueMember).where(QueueMember.agent_id == agent_id)
        condition = authority_in_sight(QueueMember.authority_id, self.actor)
        await self.session.execute(chosen if condition is None else chosen.where(condition))
        self.session.add_all(places)

    async def drop_places(self, agent_id: str) -> None:
        """Take the agent out of every queue, in sight or not: nobody may stay in a queue who is no agent any more."""
        await self.session.execute(delete(QueueMember).where(QueueMember.agent_id == agent_id))

    async def device(self, device_id: str) -> Device | None:
        """A desk phone."""
        return await self.session.get(Device, device_id)

    async def drop_devices(self, agent_id: str) -> None:
        """Forget the desk phones of an agent."""
        await self.session.execute(delete(Device).where(Device.agent_id == agent_id))

    def enter(self, row: Base) -> None:
        """Enter a device."""
        self.session.add(row)


class OrganisationRepository(Repository[Organisation]):
    """Organisations in sight."""

    model = Organisation

    async def names(self) -> dict[str, str]:
        """Names by id."""
        return {organisation.id: organisation.name for organisation in await self.all()}


class RoleRepository:
    """Roles: the same for the whole installation."""

    def __init__(self, actor: Actor, users: UserRepository) -> None:
        self._session = users.session
        self._actor = actor

    async def all(self) -> list[Role]:
        """Every role."""
        return list(await self._session.scalars(select(Role).order_by(Role.built_in.desc(), Role.key)))

    async def get(self, key: str) -> Role | None:
        """One role."""
        return await self._session.get(Role, key)


class SessionRepository(Repository[LoginSession]):
    """Log-in sessions."""

    model = LoginSession

    async def open_of(self, user_id: str) -> list[LoginSession]:
        """Sessions of a user that were not revoked, newest first."""
        return await self.all(
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            order_by=[LoginSession.created_at.desc()],
        )


class PhoneRepository(Repository[Agent]):
    """Agents as the running centre needs them."""

    model = Agent

    async def agents_at_work(self) -> list[tuple[Agent, User, list[QueueMember]]]:
        """Every agent whose user is active, with their user and queue places, by work number."""
        chosen = (
            select(Agent, User)
            .join(User, User.id == Agent.id)
            .where(Agent.active, User.active)
            .order_by(Agent.number)
        )
        rows = (await self.session.execute(chosen)).all()
        places: dict[str, list[QueueMember]] = {}
        for place in await self.session.scalars(
            select(QueueMember).order_by(QueueMember.queue_id, QueueMember.position)
        ):
            places.setdefault(place.agent_id, []).append(place)
        return [(agent, user, places.get(agent.id, [])) for agent, user in rows]

    async def devices_at_work(self) -> list[Device]:
        """The desk phones of agents whose user is active."""
        chosen = (
            select(Device)
            .join(Agent, Agent.id == Device.agent_id)
            .join(User, User.id == Agent.id)
            .where(Agent.active, User.active)
            .order_by(Device.id)
        )
        return list(await self.session.scalars(chosen))


async def agent_is_known(session: AsyncSession, actor: Actor, agent_id: str) -> bool:
    """Whether an agent is there, active and in sight."""
    return await AgentRepository(session, actor).first(Agent.id == agent_id, Agent.active) is not None
