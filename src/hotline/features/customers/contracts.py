"""Contract customers: contracts, what falls due, money owed, the monthly statement."""

import calendar
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.contracts_repository import (
    ChargeRepository,
    ContractRepository,
    ReminderRepository,
    money_of,
)
from hotline.features.customers.models import (
    Customer,
    CustomerCharge,
    CustomerContract,
    CustomerReminder,
)
from hotline.features.customers.repository import CustomerRepository
from hotline.features.customers.schemas import Arrears
from hotline.features.customers.schemas_contracts import (
    AccountRead,
    ArrearsList,
    ArrearsRow,
    ChargeFields,
    ChargeRead,
    CustomerContractFields,
    CustomerContractRead,
    CustomerContractUpdate,
    CustomerReminderList,
    ReminderFields,
    ReminderRead,
)
from hotline.features.customers.service import target
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.contacts import Subject, timeline_of
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.ids import new_id
from hotline.platform.schemas import changed, put
from hotline.platform.times import CHINA

_COUNTED_MOST = 5000
_LISTED_MOST = 500


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is no such day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


async def arrears_of(session: AsyncSession, customer_id: str, today: date) -> Arrears | None:
    """What a customer owes; None when there is no account at all."""
    rows = await money_of(session, customer_id)
    if not rows:
        return None
    balance, overdue = _owed(rows, today)
    return Arrears(balance=balance / 100, overdue=overdue / 100)


def _owed(rows: list[tuple[int, date | None]], today: date) -> tuple[int, int]:
    """Balance and overdue part in cents. Payments settle the oldest charges first."""
    paid = -sum(cents for cents, _ in rows if cents < 0)
    overdue = sum(cents for cents, due_on in rows if cents > 0 and due_on is not None and due_on < today)
    return sum(cents for cents, _ in rows), max(0, overdue - paid)


class AccountService:
    """The contract side of customers, within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._session = work.session
        self._actor = actor
        self._platform = platform
        self._customers = CustomerRepository(work.session, actor)
        self._contracts = ContractRepository(work.session, actor)
        self._reminders = ReminderRepository(work.session, actor)
        self._charges = ChargeRepository(work.session, actor)

    @property
    def today(self) -> date:
        """The local day."""
        return self._platform.clock().astimezone(CHINA).date()

    async def account(self, customer_id: str) -> AccountRead:
        """Everything of one customer."""
        row = await self._customers.require(customer_id)
        contracts = await self._contracts.all(
            CustomerContract.customer_id == row.id, order_by=[CustomerContract.ends_on.desc()]
        )
        reminders = await self._reminders.all(
            CustomerReminder.customer_id == row.id, order_by=[CustomerReminder.due_on.desc()]
        )
        charges = await self._charges.all(
            CustomerCharge.customer_id == row.id, order_by=[CustomerCharge.on_day.desc(), CustomerCharge.id]
        )
        balance, overdue = _owed([(one.cents, one.due_on) for one in charges], self.today)
        return AccountRead(
            contracts=[await self._read_contract(row, one) for one in contracts],
            reminders=[self._read_reminder(one, row.name) for one in reminders],
            charges=[_read_charge(one) for one in charges],
            balance=balance / 100,
            overdue=overdue / 100,
        )

    async def add_contract(self, customer_id: str, wanted: CustomerContractFields) -> None:
        """Enter a contract; its end and its visits become reminders."""
        row = await self._customer(customer_id)
        contract = CustomerContract(
            id=new_id(), authority_id=row.authority_id, customer_id=row.id, active=True, **wanted.model_dump()
        )
        self._contracts.add(contract)
        await self._session.flush()
        self._remind(contract)
        self._log(row, "customer_contracts.create", {"contract": contract.id})

    async def change_contract(self, contract_id: str, patch: CustomerContractUpdate) -> None:
        """Change a contract; reminders that are still open follow."""
        contract = await self._contracts.require(contract_id)
        row = await self._customer(contract.customer_id)
        fields = changed(CustomerContractFields, contract, patch)
        put(contract, fields.model_dump())
        await self._drop_open_reminders(contract)
        self._remind(contract)
        self._log(row, "customer_contracts.update", {"contract": contract.id})

    async def end_contract(self, contract_id: str) -> None:
        """Take a contract out of force; its open reminders go with it."""
        contract = await self._contracts.require(contract_id)
        row = await self._customer(contract.customer_id)
        contract.active = False
        await self._drop_open_reminders(contract)
        self._log(row, "customer_contracts.remove", {"contract": contract.id})

    async def add_reminder(self, customer_id: str, wanted: ReminderFields) -> None:
        """Enter something that falls due."""
        row = await self._customer(customer_id)
        self._reminders.add(
            CustomerReminder(
                id=new_id(),
                authority_id=row.authority_id,
                customer_id=row.id,
                contract_id=None,
                done_at=None,
                done_by="",
                outcome="",
                **wanted.model_dump(),
            )
        )

    async def finish_reminder(self, reminder_id: str, outcome: str) -> None:
        """Note that it was seen to; one that repeats is entered anew."""
        one = await self._reminders.require(reminder_id)
        if one.done_at is not None:
            raise Invalid("reminder", "已经办过了")
        one.done_at, one.done_by, one.outcome = self._platform.clock(), self._actor.name, outcome
        if one.repeat_months:
            self._reminders.add(
                CustomerReminder(
                    id=new_id(),
                    authority_id=one.authority_id,
                    customer_id=one.customer_id,
                    contract_id=one.contract_id,
                    kind=one.kind,
                    title=one.title,
                    due_on=months_later(one.due_on, one.repeat_months),
                    remind_days=one.remind_days,
                    repeat_months=one.repeat_months,
                    done_at=None,
                    done_by="",
                    outcome="",
                )
            )

    async def drop_reminder(self, reminder_id: str) -> None:
        """Remove a reminder that is still open."""
        one = await self._reminders.require(reminder_id)
        if one.done_at is not None:
            raise Invalid("reminder", "已经办过的提醒不能删除")
        await self._session.delete(one)

    async def add_charge(self, customer_id: str, wanted: ChargeFields) -> None:
        """Enter money owed or paid."""
        row = await self._customer(customer_id)
        if wanted.contract_id is not None:
            contract = await self._contracts.get(wanted.contract_id)
            if contract is None or contract.customer_id != row.id:
                raise Invalid("contract_id", "没有找到这份合同")
        values = wanted.model_dump(exclude={"amount"})
        self._charges.add(
            CustomerCharge(
                id=new_id(),
                authority_id=row.authority_id,
                customer_id=row.id,
                cents=round(wanted.amount * 100),
                by_name=self._actor.name,
                **values,
            )
        )
        self._log(row, "customer_charges.create", {"amount": wanted.amount})

    async def drop_charge(self, charge_id: str) -> None:
        """Take an entry back; the trail keeps it."""
        one = await self._charges.require(charge_id)
        row = await self._customers.require(one.customer_id)
        await self._session.delete(one)
        self._log(row, "customer_charges.remove", {"title": one.title, "amount": one.cents / 100})

    async def due(self) -> CustomerReminderList:
        """Everything in sight whose time of warning has come."""
        last = self.today + timedelta(days=365)
        rows = await self._reminders.all(
            CustomerReminder.done_at.is_(None),
            CustomerReminder.due_on <= last,
            order_by=[CustomerReminder.due_on],
        )
        soon = [one for one in rows if one.due_on - timedelta(days=one.remind_days) <= self.today]
        shown = soon[:_LISTED_MOST]
        names = await self._customers.names_of({one.customer_id for one in shown})
        return CustomerReminderList(
            items=[self._read_reminder(one, names.get(one.customer_id, "")) for one in shown]
        )

    async def behind(self) -> ArrearsList:
        """Customers in sight who are behind with payment."""
        ids = await self._charges.owing()
        charges = await self._charges.all(CustomerCharge.customer_id.in_(ids)) if ids else []
        names = await self._customers.names_of(ids)
        rows: list[ArrearsRow] = []
        for customer_id in ids:
            own = [(one.cents, one.due_on) for one in charges if one.customer_id == customer_id]
            balance, overdue = _owed(own, self.today)
            late = [day for cents, day in own if cents > 0 and day is not None and day < self.today]
            if overdue > 0:
                rows.append(
                    ArrearsRow(
                        customer_id=customer_id,
                        customer_name=names.get(customer_id, ""),
                        balance=balance / 100,
                        overdue=overdue / 100,
                        oldest_due_on=min(late),
                    )
                )
        return ArrearsList(items=sorted(rows, key=lambda row: row.overdue, reverse=True)[:_LISTED_MOST])

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _customer(self, customer_id: str) -> Customer:
        row = await self._customers.require(customer_id)
        if not row.active:
            raise NotFound(id=customer_id)
        return row

    def _remind(self, contract: CustomerContract) -> None:
        wanted = [("contract_end", f"合同到期：{contract.title}", contract.ends_on, contract.remind_days, 0)]
        if contract.visit_every_months:
            first = months_later(max(contract.starts_on, self.today), contract.visit_every_months)
            if first <= contract.ends_on:
                wanted.append(("visit", f"走访：{contract.title}", first, 7, contract.visit_every_months))
        for kind, title, due_on, remind_days, repeat_months in wanted:
            self._reminders.add(
                CustomerReminder(
                    id=new_id(),
                    authority_id=contract.authority_id,
                    customer_id=contract.customer_id,
                    contract_id=contract.id,
                    kind=kind,
                    title=title[:100],
                    due_on=due_on,
                    remind_days=remind_days,
                    repeat_months=repeat_months,
                    done_at=None,
                    done_by="",
                    outcome="",
                )
            )

    async def _drop_open_reminders(self, contract: CustomerContract) -> None:
        open_ones = await self._reminders.all(
            CustomerReminder.contract_id == contract.id, CustomerReminder.done_at.is_(None)
        )
        for one in open_ones:
            await self._session.delete(one)

    async def _read_contract(self, row: Customer, contract: CustomerContract) -> CustomerContractRead:
        fields = CustomerContractFields.model_validate(contract, extra="ignore")
        return CustomerContractRead(
            **fields.model_dump(), id=contract.id, customer_id=row.id, active=contract.active,
            done_this_year=await self._done(row, contract),
        )  # fmt: skip

    async def _done(self, row: Customer, contract: CustomerContract) -> int:
        """Contacts (calls, tickets …) within the contract year that runs now."""
        start = contract.starts_on
        while months_later(start, 12) <= min(self.today, contract.ends_on):
            start = months_later(start, 12)
        since = datetime(start.year, start.month, start.day, tzinfo=CHINA)
        ids = await self._customers.with_merged(row.id)
        numbers = (await self._customers.numbers_of([row.id])).get(row.id, [])
        subject = Subject(customer_ids=tuple(ids), numbers=tuple(one.number for one in numbers))
        entries = await timeline_of(self._platform).entries(
            self._session, self._actor, subject, None, _COUNTED_MOST
        )
        return sum(entry.at >= since for entry in entries if entry.kind in {"call", "ticket"})

    def _read_reminder(self, one: CustomerReminder, customer_name: str) -> ReminderRead:
        return ReminderRead(
            id=one.id, customer_id=one.customer_id, customer_name=customer_name, contract_id=one.contract_id, kind=one.kind,
            title=one.title, due_on=one.due_on, remind_days=one.remind_days, repeat_months=one.repeat_months,
            state=_state(one, self.today), done_at=one.done_at, done_by=one.done_by, outcome=one.outcome,
        )  # fmt: skip

    def _log(self, row: Customer, action: str, after: dict[str, object]) -> None:
        audit.record(self._work, self._actor, action, target(row), after=after)


def _state(one: CustomerReminder, today: date) -> Literal["later", "soon", "overdue", "done"]:
    if one.done_at is not None:
        return "done"
    if one.due_on < today:
        return "overdue"
    return "soon" if one.due_on - timedelta(days=one.remind_days) <= today else "later"


def _read_charge(one: CustomerCharge) -> ChargeRead:
    return ChargeRead(
        id=one.id, title=one.title, amount=one.cents / 100, on_day=one.on_day, due_on=one.due_on,
        contract_id=one.contract_id, by_name=one.by_name,
    )  # fmt: skip
