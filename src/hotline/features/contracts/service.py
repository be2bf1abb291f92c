"""Change contracts and what does not count for them. Audited; what an accepted period rests on stays."""

from datetime import date, timedelta
from typing import Any

from hotline.core.metrics.figures import FIGURES, parse_variant
from hotline.core.site import Site
from hotline.features.contracts.models import Acceptance, Contract, ContractExclusion
from hotline.features.contracts.periods import periods_of
from hotline.features.contracts.plan import rolls, usable
from hotline.features.contracts.repository import (
    AcceptanceRepository,
    ContractRepository,
    ExclusionRepository,
)
from hotline.features.contracts.schemas import (
    ContractCreate,
    ContractFields,
    ContractRead,
    ExclusionFields,
    ExclusionRead,
    PeriodRead,
    UsableFigure,
)
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.schemas import put
from hotline.platform.times import CHINA, moment

EXCLUSION_MOST = timedelta(days=366)
_MINUTE = timedelta(minutes=1)


class AcceptanceKept(Conflict):
    """A submitted or confirmed acceptance rests on it."""

    code = "acceptance_kept"
    text = Text(
        "已有提交或确认的考核以此为据，不能再改；请先退回未确认的考核",
        "A submitted or confirmed acceptance rests on this",
    )


def fields_of(row: Contract) -> ContractFields:
    """A stored contract as its fields."""
    return ContractFields.model_validate(row, extra="ignore")


def read_contract(row: Contract, acceptances: list[Acceptance], site: Site) -> ContractRead:
    """Return a contract with its periods."""
    fields = fields_of(row)
    names = {str(hotline.id): hotline.name for hotline in site.hotlines}
    found = {one.first: one for one in acceptances if one.contract_id == row.id}
    periods: list[PeriodRead] = []
    for period in periods_of(fields.starts_on, fields.ends_on, fields.period):
        kept = found.get(period.first.isoformat())
        about: dict[str, Any] = (
            {} if kept is None else {"acceptance_id": kept.id, "state": kept.state, "passed": kept.passed}
        )
        periods.append(PeriodRead(first=period.first, last=period.last, label=period.label, **about))
    return ContractRead(
        **fields.model_dump(),
        id=row.id,
        authority_id=row.authority_id,
        changed_at=row.changed_at,
        hotline_names=[names.get(one, "（已停用）") for one in fields.hotline_ids],
        periods=periods,
    )


def usable_figures() -> list[UsableFigure]:
    """Every figure of the dictionary that a contract can use."""
    found: list[UsableFigure] = []
    for key, figure in FIGURES.items():
        if usable(key):
            about = {
                "key": key,
                "name": figure.name,
                "family": figure.family,
                "words": figure.words,
                "rolling": rolls(key),
            }
            found.append(UsableFigure.model_validate(about | {"unit": str(figure.unit)}))
    return found


class ContractService:
    """Changes contracts within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._contracts = ContractRepository(work.session, actor)
        self._exclusions = ExclusionRepository(work.session, actor)
        self._acceptances = AcceptanceRepository(work.session, actor)

    async def create(self, wanted: ContractCreate) -> Contract:
        """Make a contract."""
        await self._check(wanted)
        row = Contract(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            changed_at=self._platform.clock(),
            **_columns(wanted),
        )
        self._contracts.add(row)
        self._record("contracts.create", row, after=_columns(wanted))
        return row

    async def replace(self, contract_id: str, wanted: ContractFields) -> Contract:
        """Set everything of a contract anew. What was submitted keeps the terms of its time."""
        row = await self._contracts.require_to_change(contract_id)
        await self._check(wanted)
        before = _columns(fields_of(row))
        if await self._acceptances.kept(contract_id) and any(
            before[key] != _columns(wanted)[key] for key in ("starts_on", "period")
        ):
            raise AcceptanceKept
        put(row, _columns(wanted) | {"changed_at": self._platform.clock()})
        self._record("contracts.update", row, before=before, after=_columns(wanted))
        return row

    async def remove(self, contract_id: str) -> None:
        """Remove a contract nothing was submitted for, with its drafts and exclusions."""
        row = await self._contracts.require_to_change(contract_id)
        if await self._acceptances.kept(contract_id):
            raise AcceptanceKept
        for acceptance in await self._acceptances.of([contract_id]):
            await self._work.session.delete(acceptance)
        for exclusion in await self._exclusions.of(contract_id):
            await self._work.session.delete(exclusion)
        await self._work.session.delete(row)
        self._record("contracts.remove", row, before=_columns(fields_of(row)))

    async def exclude(self, contract_id: str, wanted: ExclusionFields) -> ContractExclusion:
        """Enter a period that does not count."""
        contract = await self._contracts.require(contract_id)
        starts_at, ends_at = moment(wanted.starts_at), moment(wanted.ends_at)
        assert starts_at is not None and ends_at is not None
        if not _MINUTE <= ends_at - starts_at <= EXCLUSION_MOST:
            raise Invalid("ends_at", "结束时间应晚于开始时间，且不超过一年")
        if starts_at.second or ends_at.second or starts_at.microsecond or ends_at.microsecond:
            raise Invalid("starts_at", "剔除时段以整分钟为界")
        await self._refuse_touching(
            contract_id, starts_at.astimezone(CHINA).date(), ends_at.astimezone(CHINA).date()
        )
        row = ContractExclusion(
            id=new_id(),
            authority_id=contract.authority_id,
            contract_id=contract_id,
            kind=wanted.kind,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=wanted.reason,
            evidence=wanted.evidence,
            created_at=self._platform.clock(),
            created_by=self._actor.name,
        )
        self._exclusions.add(row)
        self._record("contracts.exclude", contract, after=_exclusion(row))
        return row

    async def include(self, contract_id: str, exclusion_id: str) -> None:
        """Take an excluded period back."""
        contract = await self._contracts.require(contract_id)
        row = await self._exclusions.require(exclusion_id)
        await self._refuse_touching(
            contract_id, row.starts_at.astimezone(CHINA).date(), row.ends_at.astimezone(CHINA).date()
        )
        await self._work.session.delete(row)
        self._record("contracts.include", contract, before=_exclusion(row))

    async def _refuse_touching(self, contract_id: str, first: date, last: date) -> None:
        for acceptance in await self._acceptances.of([contract_id]):
            touches = acceptance.first <= last.isoformat() and acceptance.last >= first.isoformat()
            if acceptance.state != "draft" and touches:
                raise AcceptanceKept

    async def _check(self, wanted: ContractFields) -> None:
        for number, hotline_id in enumerate(wanted.hotline_ids):
            field = f"hotline_ids.{number}"
            await self._platform.require_reference(
                self._work.session, self._actor, field, "hotline", hotline_id
            )
        for number, figure in enumerate(wanted.terms.figures):
            if figure.metric is not None and not usable(figure.metric):
                raise Invalid(f"terms.figures.{number}.metric", "这个指标不能用于考核（不能按热线逐日累加）")
            if rolls(figure.metric) and (
                figure.per == "day" or figure.days != "all" or figure.hours or figure.capacity
            ):
                raise Invalid(
                    f"terms.figures.{number}.metric",
                    "连续 24 小时的指标按整个考核期逐刻移动计算，不能再逐日考核，也不能限定日期、时段和容量",
                )
            try:
                parse_variant(figure.variant)
            except ValueError as wrong:
                raise Invalid(f"terms.figures.{number}.variant", "口径写法不正确") from wrong

    def _record(self, action: str, row: Contract, **change: Any) -> None:
        target = audit.Target(kind="contract", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, **change)


def _columns(fields: ContractFields) -> dict[str, Any]:
    return fields.model_dump(mode="json", exclude={"authority_id"})


def _exclusion(row: ContractExclusion) -> dict[str, Any]:
    return ExclusionRead.model_validate(row).model_dump(mode="json")
