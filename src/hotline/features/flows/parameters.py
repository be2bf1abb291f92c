"""Global parameters of flows (全局参数): values that many flows use, set in one place, different by organisation where need be."""

from hotline.core.cel import names_in
from hotline.core.expression import as_text, from_text
from hotline.features.flows.models import Parameter
from hotline.features.flows.parameters_repository import ParameterRepository, uses_of_parameter
from hotline.features.flows.schemas_parameters import ParameterRead, ParameterWrite
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, InUse, Invalid
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id


class ParameterKeyTaken(Conflict):
    """The organisation has a parameter of this key."""

    code = "parameter_key_taken"
    text = Text("本机构已有参数“{key}”", "There is a parameter {key} already")


class ParameterKindDiffers(Conflict):
    """Another organisation has a parameter of this key that holds something else."""

    code = "parameter_kind_differs"
    text = Text(
        "参数“{key}”在其他机构的类型是“{kind}”，类型必须一致", "Parameter {key} is of type {kind} elsewhere"
    )


class ParameterService:
    """Changes parameters within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._parameters = ParameterRepository(work.session, actor)

    async def create(self, wanted: ParameterWrite) -> ParameterRead:
        """Enter a parameter."""
        authority_id = wanted.authority_id or self._actor.authority_id
        await self._require_fitting(wanted, authority_id, "")
        row = Parameter(id=new_id(), authority_id=authority_id, key=wanted.key)
        self._fill(row, wanted)
        self._parameters.add(row)
        await self._work.session.flush()
        audit.record(self._work, self._actor, "parameters.create", _target(row), after=_logged(row))
        mark_site_changed(self._work, self._platform)
        return read_parameter(row)

    async def change(self, parameter_id: str, wanted: ParameterWrite) -> ParameterRead:
        """Set everything but the organisation; key and type only while no flow uses the parameter."""
        row = await self._parameters.require(parameter_id)
        before = _logged(row)
        if (wanted.key, wanted.type) != (row.key, row.kind):
            await self._require_unused(row)
            await self._require_fitting(wanted, row.authority_id, row.id)
        row.key = wanted.key
        self._fill(row, wanted)
        audit.record(
            self._work, self._actor, "parameters.change", _target(row), before=before, after=_logged(row)
        )
        mark_site_changed(self._work, self._platform)
        return read_parameter(row)

    async def remove(self, parameter_id: str) -> None:
        """Remove a parameter that no flow uses, or that another organisation above still gives a value."""
        row = await self._parameters.require(parameter_id)
        await self._require_unused(row)
        audit.record(self._work, self._actor, "parameters.remove", _target(row), before=_logged(row))
        await self._work.session.delete(row)
        mark_site_changed(self._work, self._platform)

    async def _require_unused(self, row: Parameter) -> None:
        if uses := await uses_of_parameter(self._work.session, row.key):
            raise InUse(uses="、".join(use.name for use in uses[:5]))

    async def _require_fitting(self, wanted: ParameterWrite, authority_id: str, own_id: str) -> None:
        if names_in(f"param.{wanted.key}") != {f"param.{wanted.key}"}:
            raise Invalid("key", "参数名有误")
        others = [row for row in await self._parameters.everywhere(wanted.key) if row.id != own_id]
        if any(one.authority_id == authority_id for one in others):
            raise ParameterKeyTaken(key=wanted.key)
        if other := next((one for one in others if one.kind != wanted.type), None):
            raise ParameterKindDiffers(key=wanted.key, kind=other.kind)

    def _fill(self, row: Parameter, wanted: ParameterWrite) -> None:
        row.name, row.kind, row.note = wanted.name, wanted.type, wanted.note
        row.value = as_text(wanted.value)
        row.changed_at = self._platform.clock()
        row.changed_by = self._actor.name


def read_parameter(row: Parameter) -> ParameterRead:
    """Return a parameter as the page shows it."""
    return ParameterRead(
        id=row.id,
        authority_id=row.authority_id,
        key=row.key,
        name=row.name,
        type=row.kind,
        value=from_text(row.kind, row.value),
        note=row.note,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _logged(row: Parameter) -> dict[str, str]:
    return {"key": row.key, "name": row.name, "type": row.kind, "value": row.value, "note": row.note}


def _target(row: Parameter) -> audit.Target:
    return audit.Target(kind="parameter", id=row.id, name=row.key, authority_id=row.authority_id)
