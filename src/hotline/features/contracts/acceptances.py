"""The acceptance of periods: a draft shows how it stands, submitting freezes it with its evidence, the authority confirms or returns it.

Confirmed is for ever: nothing here changes it any more.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.contracts import words
from hotline.features.contracts.counting import Counting, day_end
from hotline.features.contracts.evidence import Package, make_package
from hotline.features.contracts.judging import judge
from hotline.features.contracts.models import Acceptance, Contract
from hotline.features.contracts.periods import Period, periods_of
from hotline.features.contracts.plan import Json, make_plan
from hotline.features.contracts.repository import (
    AcceptanceRepository,
    ContractRepository,
    ExclusionRepository,
)
from hotline.features.contracts.schemas import (
    AcceptanceRead,
    Declared,
    DeclaredFields,
    ExclusionRead,
    State,
)
from hotline.features.contracts.service import fields_of
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.ports.fact_rows import FactRows
from hotline.ports.statistics import Statistics


class WrongState(Conflict):
    """The acceptance is at another stage, perhaps since a moment ago."""

    code = "wrong_acceptance_state"
    text = Text("考核已不在这个阶段，请刷新后再看", "The acceptance is at another stage; please refresh")


class NotOver(Conflict):
    """The period still runs."""

    code = "period_not_over"
    text = Text("考核期还没有结束，结束后才能提交", "The period has not ended yet")


class StatisticsBehind(Conflict):
    """Not every event is counted yet."""

    code = "statistics_behind"
    text = Text("统计还有事件未计入，请稍后再提交", "Statistics are catching up; please try again later")


class SamePerson(Conflict):
    """Who submits does not confirm."""

    code = "same_person"
    text = Text("提交人不能自己确认，请由甲方另一人确认", "Somebody else must confirm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a period stands: the documents, and how far the statistics are."""

    plan: Json
    result: Json
    behind: int


async def standing(session: AsyncSession, actor: Actor, statistics: Statistics, row: Acceptance) -> Standing:
    """Return the kept documents, or for a draft fresh ones. Raises `StatisticsUnavailable`."""
    if row.state != "draft":
        assert row.plan is not None and row.result is not None
        return Standing(plan=row.plan, result=row.result, behind=0)
    contract = await ContractRepository(session, actor).require(row.contract_id)
    exclusions = await ExclusionRepository(session, actor).of(contract.id)
    earlier = [
        one.passed is False
        for one in await AcceptanceRepository(session, actor).of([contract.id])
        if one.state != "draft" and one.first < row.first
    ]
    period = period_of(row)
    fields = fields_of(contract)
    plan = make_plan(
        fields,
        period,
        [ExclusionRead.model_validate(one) for one in exclusions],
        [Declared.model_validate(one) for one in row.declared],
        earlier,
    )
    counts = await Counting(statistics, plan).counts()
    status = await statistics.status()
    return Standing(plan=plan, result=judge(plan, counts), behind=status.behind)


def period_of(row: Acceptance) -> Period:
    """The period that an acceptance is about."""
    return Period(first=date.fromisoformat(row.first), last=date.fromisoformat(row.last), label=row.label)


def is_over(row: Acceptance, now: datetime) -> bool:
    """Whether the period has ended."""
    return day_end(date.fromisoformat(row.last)) <= now.astimezone(UTC)


def read_acceptance(row: Acceptance, contract: Contract, stands: Standing, now: datetime) -> AcceptanceRead:
    """Return an acceptance with its documents."""
    return AcceptanceRead(
        id=row.id,
        contract_id=row.contract_id,
        contract_name=contract.name,
        first=date.fromisoformat(row.first),
        last=date.fromisoformat(row.last),
        label=row.label,
        state=cast("State", row.state),
        note=row.note,
        declared=[Declared.model_validate(one) for one in row.declared],
        made_at=row.made_at,
        made_by=row.made_by,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_note=row.decision_note,
        package_sha256=row.package_sha256,
        package_bytes=row.package_bytes,
        over=is_over(row, now),
        behind=stands.behind,
        plan=stands.plan,
        result=stands.result,
        words=words.of_plan(stands.plan),
    )


async def prepare(rows: FactRows, platform: Platform, row: Acceptance, stands: Standing) -> Package:
    """Make the evidence for a submission: slow, so outside any transaction.

    Raises:
        NotOver, StatisticsBehind, EvidenceDiffers: it cannot be submitted now.
    """
    if row.state != "draft":
        raise WrongState
    now = platform.clock()
    if not is_over(row, now):
        raise NotOver
    if stands.behind:
        raise StatisticsBehind
    missing = [
        f["name"] for f in stands.plan["figures"] if f["source"] == "declared" and f["declared"] is None
    ]
    if missing:
        raise Invalid("declared", f"还有指标没有填报：{'、'.join(missing)}")
    folder = platform.settings.data.absolute() / "acceptance"
    return await make_package(rows, stands.plan, stands.result, now, folder / f"{row.id}-{new_id()[-8:]}.zip")


class AcceptanceService:
    """Moves acceptances on within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._contracts = ContractRepository(work.session, actor)
        self._acceptances = AcceptanceRepository(work.session, actor)

    async def begin(self, contract_id: str, first: date) -> Acceptance:
        """Begin the acceptance of the period that begins on `first`."""
        contract = await self._contracts.require(contract_id)
        fields = fields_of(contract)
        period = next(
            (p for p in periods_of(fields.starts_on, fields.ends_on, fields.period) if p.first == first), None
        )
        if period is None:
            raise Invalid("first", "合同没有从这一天开始的考核期")
        if any(one.first == first.isoformat() for one in await self._acceptances.of([contract_id])):
            raise Conflict
        row = Acceptance(
            id=new_id(), authority_id=contract.authority_id, contract_id=contract_id,
            first=period.first.isoformat(), last=period.last.isoformat(), label=period.label, state="draft",
            note="", declared=[], plan=None, result=None, passed=None,
            made_at=self._platform.clock(), made_by=self._actor.name,
            submitted_at=None, submitted_by="", submitted_by_id="", decided_at=None, decided_by="", decision_note="",
            package_sha256="", package_path="", package_bytes=0,
        )  # fmt: skip
        self._acceptances.add(row)
        self._record("acceptances.begin", row, contract, after={"period": row.label})
        return row

    async def declare(self, acceptance_id: str, wanted: DeclaredFields) -> Acceptance:
        """Set the declared figures of a draft."""
        row, contract = await self._at(acceptance_id, "draft")
        own = {figure.key for figure in fields_of(contract).terms.figures if figure.metric is None}
        for number, one in enumerate(wanted.declared):
            if one.figure not in own:
                raise Invalid(f"declared.{number}.figure", "合同没有这个人工填报的指标")
        before = {"declared": row.declared, "note": row.note}
        after = wanted.model_dump(mode="json")
        row.declared, row.note = after["declared"], wanted.note
        self._record("acceptances.declare", row, contract, before=before, after=after)
        return row

    async def submit(self, acceptance_id: str, stands: Standing, package: Package) -> Acceptance:
        """Keep the documents and the package; from now on they stay."""
        row, contract = await self._at(acceptance_id, "draft")
        counted = {f["key"]: f["declared"] for f in stands.plan["figures"] if f.get("declared")}
        if {
            one["figure"]: {k: v for k, v in one.items() if k != "figure"} for one in row.declared
        } != counted:
            raise WrongState  # somebody declared other numbers meanwhile
        row.state, row.plan, row.result = "submitted", stands.plan, stands.result
        row.passed = stands.result["passed"]
        row.submitted_at = self._platform.clock()
        row.submitted_by, row.submitted_by_id = self._actor.name, self._actor.user_id
        row.decided_at, row.decided_by, row.decision_note = None, "", ""
        row.package_sha256, row.package_bytes = package.sha256, package.size
        row.package_path = f"acceptance/{package.path.name}"
        self._record("acceptances.submit", row, contract, after=_facts(row))
        return row

    async def decide(self, acceptance_id: str, note: str, *, confirm: bool) -> Acceptance:
        """Confirm what was submitted, or return it for correction."""
        row, contract = await self._at(acceptance_id, "submitted")
        if confirm and row.submitted_by_id == self._actor.user_id:
            raise SamePerson
        if not confirm and not note:
            raise Invalid("note", "请写明退回的原因")
        row.decided_at, row.decided_by = self._platform.clock(), self._actor.name
        row.decision_note, row.state = note, "confirmed" if confirm else "draft"
        action = "acceptances.confirm" if confirm else "acceptances.return"
        self._record(action, row, contract, after=_facts(row) | {"note": note})
        if not confirm:
            row.plan = row.result = row.passed = None
            row.package_sha256, row.package_path, row.package_bytes = "", "", 0
        return row

    async def remove(self, acceptance_id: str) -> None:
        """Remove a draft."""
        row, contract = await self._at(acceptance_id, "draft")
        await self._work.session.delete(row)
        self._record(
            "acceptances.remove", row, contract, before={"period": row.label, "declared": row.declared}
        )

    async def _at(self, acceptance_id: str, state: str) -> tuple[Acceptance, Contract]:
        row = await self._acceptances.require_to_change(acceptance_id)
        if row.state != state:
            raise WrongState
        return row, await self._contracts.require(row.contract_id)

    def _record(self, action: str, row: Acceptance, contract: Contract, **change: Any) -> None:
        name = f"{contract.name} {row.label}"
        target = audit.Target(kind="acceptance", id=row.id, name=name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, **change)


def _facts(row: Acceptance) -> dict[str, Any]:
    assert row.result is not None
    sums = {key: row.result[key] for key in ("deducted", "withheld", "payable", "terminate")}
    return {"passed": row.passed, "package_sha256": row.package_sha256, **sums}
