"""Find customers who are probably one, merge two, and take a merge back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.merge_repository import (
    MergeRepository,
    contacts_of,
    followers_of,
    hand_over,
    move_contacts,
)
from hotline.features.customers.models import Customer, CustomerMerge
from hotline.features.customers.reading import CustomerReader
from hotline.features.customers.schemas import (
    CustomerKind,
    DuplicateGroup,
    DuplicateList,
    MergeList,
    MergeRead,
    MergeWanted,
)
from hotline.features.customers.service import target
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.masking import masked, masked_text
from hotline.platform.permissions import Permission
from hotline.platform.sealing import Sealer

GROUPS_MAX = 100
NOTE_MAX = 2000
_FILLED = ("gender", "id_number", "address", "email", "position", "organisation_id", "assistant_id")
"""What the kept customer has from the other one where it was empty, without being told to take it."""


class MergeStands(Conflict):
    """A merge that cannot be undone now."""

    code = "merge_stands"
    text = Text("不能撤销：{why}", "The merge cannot be undone: {why}")


async def duplicates(session: AsyncSession, actor: Actor, sealer: Sealer) -> DuplicateList:
    """Groups of active customers in sight that share a number, a document number, or name and organisation."""
    reader = CustomerReader(session, actor, sealer)
    customers = reader.customers
    whole = actor.may(Permission.PERSONAL_VIEW)
    groups: list[DuplicateGroup] = []
    for rows in await customers.sharing(Customer.__table__.c.id_digest, GROUPS_MAX):
        value = reader.whole(rows[0])["id_number"]
        groups.append(
            DuplicateGroup(
                reason="id_number",
                value=value if whole else masked_text(value),
                customers=await reader.read(rows),
            )
        )
    for number, ids in await customers.sharing_numbers(GROUPS_MAX):
        rows = await customers.all(Customer.id.in_(ids), order_by=[Customer.created_at])
        for same in _alike(rows):
            groups.append(  # noqa: PERF401 - two loops read better than one nested expression with awaits
                DuplicateGroup(
                    reason="number",
                    value=number if whole else masked(number),
                    customers=await reader.read(same),
                )
            )
    organisations = await customers.sharing(
        Customer.__table__.c.name, GROUPS_MAX, kind=CustomerKind.ORGANISATION
    )
    groups += [
        DuplicateGroup(reason="name_organisation", value=rows[0].name, customers=await reader.read(rows))
        for rows in organisations
    ]
    return DuplicateList(items=groups[:GROUPS_MAX])


def _alike(rows: Sequence[Customer]) -> list[list[Customer]]:
    """Of customers with one number: those of one kind and one name. A family shares its telephone without being one person."""
    found: dict[tuple[str, str], list[Customer]] = {}
    for row in rows:
        found.setdefault((row.kind, row.name.replace(" ", "").casefold()), []).append(row)
    return [same for same in found.values() if len(same) > 1]


class MergeService:
    """Merges within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform, sealer: Sealer) -> None:
        self._work = work
        self._session = work.session
        self._actor = actor
        self._platform = platform
        self._sealer = sealer
        self._reader = CustomerReader(work.session, actor, sealer)
        self._customers = self._reader.customers
        self._merges = MergeRepository(work.session, actor)

    async def merge(self, kept_id: str, wanted: MergeWanted) -> Customer:
        """Put `gone_id` into `kept_id`: numbers, tags, notes, contracts, contacts are added up; tickets and calls are found under both.

        What was empty is filled from the other one, and its remark is put below one's own.
        """
        kept, gone = await self._pair(kept_id, wanted.gone_id)
        undo = await self._snapshot(kept, gone)
        opened = self._reader.whole(gone)
        taken = {*wanted.take, *self._missing(kept, gone)}
        for key in taken - opened.keys():
            setattr(kept, key, getattr(gone, key))
        if "id_number" in taken:
            kept.id_number = self._sealer.seal(opened["id_number"], kept.id)
            kept.id_digest = gone.id_digest
        if "address" in taken:
            kept.address = self._sealer.seal(opened["address"], f"{kept.id} address")
        if gone.note not in kept.note:
            kept.note = f"{kept.note}\n{gone.note}".strip()[:NOTE_MAX]
        kept.values = gone.values | kept.values
        numbers = await self._customers.numbers_of([kept.id, gone.id])
        together = {one.number: one.label for one in [*numbers.get(gone.id, []), *numbers.get(kept.id, [])]}
        await self._customers.replace_numbers(kept, list(together.items()))
        tags = await self._customers.tags_of([kept.id, gone.id])
        await self._customers.replace_tags(kept, {tag for some in tags.values() for tag in some})
        await hand_over(self._session, undo["rows"], kept.id)
        await move_contacts(self._session, undo["contacts"], kept.id)
        now = self._platform.clock()
        gone.active, gone.merged_into, gone.updated_at = False, kept.id, now
        kept.updated_at = now
        kept.version += 1
        self._session.add(
            CustomerMerge(
                id=new_id(),
                authority_id=kept.authority_id,
                kept_id=kept.id,
                gone_id=gone.id,
                at=now,
                by_name=self._actor.name,
                undo=undo,
            )
        )
        audit.record(self._work, self._actor, "customers.merge", target(kept), after={"gone_id": gone.id})
        mark_site_changed(self._work, self._platform)
        return kept

    async def undo(self, merge_id: str) -> Customer:
        """Bring both customers back as they were; what was added to the kept one since stays with it.

        Raises:
            MergeStands: undone already, or the customer was changed in its numbers by a later merge.
        """
        merge = await self._merges.require(merge_id)
        kept = await self._customers.require(merge.kept_id)
        gone = await self._customers.require(merge.gone_id)
        if merge.undone_at is not None:
            raise MergeStands(why="已经撤销过")
        later = (
            CustomerMerge.kept_id == kept.id,
            CustomerMerge.at > merge.at,
            CustomerMerge.undone_at.is_(None),
        )
        if not kept.active or await self._merges.first(*later):
            raise MergeStands(why="请先撤销之后的合并")
        now = self._platform.clock()
        undo = merge.undo
        for key, value in undo["kept"].items():
            setattr(kept, key, value)
        numbers = await self._customers.numbers_of([kept.id])
        added = [
            (one.number, one.label) for one in numbers.get(kept.id, []) if one.number not in undo["together"]
        ]
        await self._customers.replace_numbers(kept, [*(tuple(one) for one in undo["numbers"]), *added])
        await self._customers.replace_tags(kept, undo["tags"])
        await hand_over(self._session, undo["rows"], gone.id)
        await move_contacts(self._session, undo["contacts"], gone.id)
        gone.active, gone.merged_into, gone.updated_at = True, None, now
        kept.updated_at, merge.undone_at = now, now
        kept.version += 1
        audit.record(self._work, self._actor, "customers.unmerge", target(kept), after={"gone_id": gone.id})
        mark_site_changed(self._work, self._platform)
        return kept

    async def merges_of(self, customer_id: str) -> MergeList:
        """Merges into a customer, newest first."""
        await self._customers.require(customer_id)
        rows = await self._merges.all(
            CustomerMerge.kept_id == customer_id, order_by=[CustomerMerge.at.desc()]
        )
        names = await self._customers.names_of([row.gone_id for row in rows])
        return MergeList(
            items=[
                MergeRead(
                    id=row.id,
                    kept_id=row.kept_id,
                    gone_id=row.gone_id,
                    gone_name=names.get(row.gone_id, ""),
                    at=row.at,
                    by_name=row.by_name,
                    undone_at=row.undone_at,
                )
                for row in rows
            ]
        )

    def _missing(self, kept: Customer, gone: Customer) -> set[str]:
        mine, theirs = self._reader.whole(kept), self._reader.whole(gone)
        return {
            key
            for key in _FILLED
            if not (mine[key] if key in mine else getattr(kept, key))
            and (theirs[key] if key in theirs else getattr(gone, key))
        }

    async def _pair(self, kept_id: str, gone_id: str) -> tuple[Customer, Customer]:
        kept, gone = await self._customers.require(kept_id), await self._customers.require(gone_id)
        if kept.id == gone.id or not kept.active or not gone.active:
            raise Invalid("gone_id", "请选择另一个在用的客户")
        if kept.kind != gone.kind:
            raise Invalid("gone_id", "个人和单位不能合并")
        if kept.authority_id != gone.authority_id:
            raise Invalid("gone_id", "不同机构的客户不能合并")
        if not kept.active:
            raise NotFound(id=kept_id)
        return kept, gone

    async def _snapshot(self, kept: Customer, gone: Customer) -> dict[str, Any]:
        numbers = await self._customers.numbers_of([kept.id, gone.id])
        return {
            "kept": {
                key: getattr(kept, key)
                for key in (
                    "name", "customer_class", "priority", "gender", "id_number", "id_digest", "address", "email", "position",
                    "organisation_id", "assistant_id", "note", "values",
                )
            },
            "numbers": [[one.number, one.label] for one in numbers.get(kept.id, [])],
            "together": sorted({one.number for some in numbers.values() for one in some}),
            "tags": (await self._customers.tags_of([kept.id])).get(kept.id, []),
            "rows": await followers_of(self._session, gone.id),
            "contacts": await contacts_of(self._session, gone.id),
        }  # fmt: skip
