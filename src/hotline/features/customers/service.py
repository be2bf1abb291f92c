"""Change customers: new, changed, taken out of use; their own fields; notes. Audited; routing follows class and numbers after the commit."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import Customer, CustomerForm, CustomerNote
from hotline.features.customers.reading import CustomerReader, seal_into
from hotline.features.customers.repository import CustomerFormRepository
from hotline.features.customers.schemas import (
    CustomerClass,
    CustomerCreate,
    CustomerFields,
    CustomerFormRead,
    CustomerFormReplace,
    CustomerKind,
    CustomerRead,
    CustomerUpdate,
    NoteCreate,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid, NotFound
from hotline.platform.forms import fields_of, require_design, require_values
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.masking import masked_name
from hotline.platform.people import User
from hotline.platform.permissions import Permission
from hotline.platform.schemas import given
from hotline.platform.sealing import Sealer

_PLAIN = (
    "kind", "name", "customer_class", "priority", "gender", "email", "position", "organisation_id", "assistant_id", "note",
)  # fmt: skip
_ROUTED = {"customer_class", "priority", "name", "numbers"}


class CustomerChanged(Conflict):
    """Somebody else changed the same fields meanwhile. `details["fields"]` names them."""

    code = "customer_changed"
    text = Text("客户资料刚被别人改过，请核对后再保存", "The customer was changed meanwhile; look again")


def target(row: Customer) -> audit.Target:
    """A customer in the audit trail. The names of persons are personal: they stand there in part, the id says who it is."""
    name = row.name if row.kind == CustomerKind.ORGANISATION else masked_name(row.name)
    return audit.Target(kind="customer", id=row.id, name=name, authority_id=row.authority_id)


async def form_of(session: AsyncSession, actor: Actor, authority_id: str) -> CustomerFormRead:
    """The own fields of an organisation's customer files."""
    form = await CustomerFormRepository(session, actor).of(authority_id)
    return CustomerFormRead.model_validate({"fields": form.fields if form else []})


class CustomerService:
    """Changes customers within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform, sealer: Sealer) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._sealer = sealer
        self.reader = CustomerReader(work.session, actor, sealer)
        self._customers = self.reader.customers

    async def create(self, wanted: CustomerCreate) -> Customer:
        """Make a customer."""
        now = self._platform.clock()
        authority_id = wanted.authority_id or self._actor.authority_id
        row = Customer(
            id=new_id(), authority_id=authority_id, id_number="", id_digest="", address="", version=1, active=True,
            values=await self._values(authority_id, wanted.values), created_at=now, created_by=self._actor.user_id,
            updated_at=now, **{key: _stored(getattr(wanted, key)) for key in _PLAIN},
        )  # fmt: skip
        seal_into(row, self._sealer, id_number=wanted.id_number, address=wanted.address)
        self._customers.add(row)
        await self._check_references(row)
        await self._work.session.flush()
        await self._customers.replace_numbers(row, [(one.number, one.label) for one in wanted.numbers])
        await self._customers.replace_tags(row, wanted.tags)
        audit.record(self._work, self._actor, "customers.create", target(row), after=_logged(row))
        if wanted.customer_class is not CustomerClass.ORDINARY:
            mark_site_changed(self._work, self._platform)
        return row

    async def update(self, customer_id: str, patch: CustomerUpdate) -> Customer:
        """Change the given fields; refused when others changed the file since `base_version`."""
        row = await self.require(customer_id)
        fields = given(patch)
        base = fields.pop("base_version", None)
        if base is not None and base != row.version:
            raise CustomerChanged(version=row.version, fields=sorted(fields))
        if not self._actor.may(Permission.PERSONAL_VIEW) and any("*" in str(v) for v in fields.values()):
            raise Invalid("numbers", "隐去的内容不能保存回去")
        await self._check_together(row, fields)
        before = _logged(row)
        for key in _PLAIN:
            if key in fields:
                setattr(row, key, _stored(fields[key]))
        if "values" in fields:
            row.values = await self._values(row.authority_id, fields["values"])
        seal_into(row, self._sealer, id_number=fields.get("id_number"), address=fields.get("address"))
        await self._check_references(row)
        if "numbers" in fields:
            await self._customers.replace_numbers(row, [(n["number"], n["label"]) for n in fields["numbers"]])
        if "tags" in fields:
            await self._customers.replace_tags(row, fields["tags"])
        self._changed(row, "customers.update", before, set(fields))
        return row

    async def deactivate(self, customer_id: str) -> None:
        """Take a customer out of use; their tickets and calls stay."""
        row = await self.require(customer_id)
        before = _logged(row)
        row.active = False
        self._changed(row, "customers.remove", before, {"customer_class"})

    async def note(self, customer_id: str, wanted: NoteCreate) -> None:
        """Write an entry on the timeline."""
        row = await self.require(customer_id)
        self._work.session.add(
            CustomerNote(
                id=new_id(),
                authority_id=row.authority_id,
                customer_id=row.id,
                kind=wanted.kind,
                text=wanted.text,
                at=self._platform.clock(),
                by_id=self._actor.user_id,
                by_name=self._actor.name,
            )
        )
        row.updated_at = self._platform.clock()

    async def replace_form(self, wanted: CustomerFormReplace) -> CustomerFormRead:
        """Set the own fields of the actor's organisation. Values of fields that are gone stay in the files, unseen."""
        own = self._actor.authority_id
        stored = require_design(wanted.fields)
        row = await self._work.session.get(CustomerForm, own)
        before = {"fields": row.fields if row else []}
        if row is None:
            self._work.session.add(CustomerForm(authority_id=own, fields=stored))
        else:
            row.fields = stored
        audit.record(
            self._work, self._actor, "customer_form.update",
            audit.Target(kind="customer_form", id=own, authority_id=own), before=before, after={"fields": stored},
        )  # fmt: skip
        return CustomerFormRead.model_validate({"fields": stored})

    async def require(self, customer_id: str) -> Customer:
        """An active customer in sight, held until the change ends. Raises `NotFound`."""
        row = await self._customers.require_to_change(customer_id)
        if not row.active:
            raise NotFound(id=customer_id)
        return row

    async def read(self, row: Customer) -> CustomerRead:
        """The customer as the actor may see it, after what was just changed."""
        await self._work.session.flush()
        return await self.reader.one(row)

    async def _check_together(self, row: Customer, fields: dict[str, Any]) -> None:
        opened = self.reader.whole(row)
        kind = fields.get("kind", row.kind)
        id_number = fields.get("id_number", opened["id_number"])
        if "id_number" in fields or "kind" in fields:
            CustomerFields(kind=CustomerKind(kind), name=fields.get("name", row.name), id_number=id_number)

    async def _values(self, authority_id: str, values: dict[str, Any]) -> dict[str, Any]:
        form = await CustomerFormRepository(self._work.session, self._actor).of(authority_id)
        return dict(require_values(fields_of(form.fields) if form else [], values))

    async def _check_references(self, row: Customer) -> None:
        if row.organisation_id is not None:
            organisation = await self._customers.get(row.organisation_id)
            fits = organisation is not None and organisation.kind == CustomerKind.ORGANISATION
            if not fits or row.organisation_id == row.id or row.kind == CustomerKind.ORGANISATION:
                raise Invalid("organisation_id", "所属单位应为另一个单位客户")
        if row.assistant_id:
            user = await self._work.session.get(User, row.assistant_id)
            if user is None or not self._actor.sees(user.authority_id):
                raise Invalid("assistant_id", "没有找到这位专员")

    def _changed(self, row: Customer, action: str, before: dict[str, Any], fields: set[str]) -> None:
        row.version += 1
        row.updated_at = self._platform.clock()
        after = _logged(row) | {"fields": sorted(fields)}
        audit.record(
            self._work, self._actor, action, target(row), before=before | {"fields": []}, after=after
        )
        special = {before["customer_class"], row.customer_class} != {CustomerClass.ORDINARY.value}
        if special and fields & _ROUTED:
            mark_site_changed(self._work, self._platform)


def _stored(value: Any) -> Any:
    return str(value) if isinstance(value, CustomerKind | CustomerClass) else value


def _logged(row: Customer) -> dict[str, Any]:
    """What the trail keeps of a customer: nothing personal, only what decides how they are treated."""
    return {
        "kind": str(row.kind), "customer_class": str(row.customer_class), "priority": row.priority,
        "assistant_id": row.assistant_id, "organisation_id": row.organisation_id, "active": row.active,
    }  # fmt: skip
