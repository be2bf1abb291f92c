"""The tree of organisations (authorities): reading it as a tree, adding to it, renaming."""

from hotline.features.users.repository import OrganisationRepository
from hotline.features.users.schemas import OrganisationCreate, OrganisationRead, OrganisationUpdate
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.ids import new_id
from hotline.platform.people import Organisation
from hotline.platform.schemas import given, put


def tree_of(rows: list[Organisation]) -> list[OrganisationRead]:
    """Return rows as trees, by name; a row whose parent is out of sight begins a tree of its own."""
    nodes = {row.id: _read(row) for row in sorted(rows, key=lambda row: row.name)}
    roots: list[OrganisationRead] = []
    for node in nodes.values():
        parent = nodes.get(node.parent_id or "")
        (parent.children if parent else roots).append(node)
    return roots


class OrganisationService:
    """Changes the tree."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._platform = platform
        self._actor = actor
        self._organisations = OrganisationRepository(work.session, actor)

    async def create(self, wanted: OrganisationCreate) -> OrganisationRead:
        """Add an organisation below one in sight."""
        parent = await self._organisations.require(wanted.parent_id)
        made = new_id()
        row = Organisation(id=made, authority_id=made, parent_id=parent.id, name=wanted.name, active=True)
        self._work.session.add(row)
        audit.record(self._work, self._actor, "organisations.create", _target(row), after=wanted.model_dump())
        return _read(row)

    async def update(self, organisation_id: str, wanted: OrganisationUpdate) -> OrganisationRead:
        """Change the given fields; refused to take out of use what others lean on (a department with open tickets)."""
        row = await self._organisations.require_to_change(organisation_id)
        if wanted.active is False and row.active:
            await self._platform.require_unused(self._work.session, "organisation", row.id)
        before = {"name": row.name, "active": row.active}
        put(row, given(wanted))
        after = {"name": row.name, "active": row.active}
        audit.record(
            self._work, self._actor, "organisations.update", _target(row), before=before, after=after
        )
        return _read(row)


def _read(row: Organisation) -> OrganisationRead:
    return OrganisationRead(id=row.id, parent_id=row.parent_id, name=row.name, active=row.active)


def _target(row: Organisation) -> audit.Target:
    return audit.Target(kind="organisation", id=row.id, name=row.name, authority_id=row.id)
