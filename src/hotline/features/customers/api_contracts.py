"""Routes of contract customers: contracts, reminders, money, statements."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from hotline.features.customers.contracts import AccountService
from hotline.features.customers.repository import CustomerRepository
from hotline.features.customers.schemas_contracts import (
    AccountRead,
    ArrearsList,
    ChargeFields,
    CustomerContractFields,
    CustomerContractUpdate,
    CustomerReminderList,
    ReminderDone,
    ReminderFields,
)
from hotline.features.customers.service import target
from hotline.features.customers.statement import statement
from hotline.platform import audit
from hotline.platform.access import ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.platform.tabular import XLSX_TYPE, to_xlsx

router = APIRouter(tags=["customers"])

CanView = Annotated[Actor, Depends(require(Permission.CUSTOMERS_VIEW))]
CanContract = Annotated[Actor, Depends(require(Permission.CUSTOMERS_CONTRACTS))]
CanExport = Annotated[Actor, Depends(require(Permission.CUSTOMERS_EXPORT))]


def _seeing(actor: CanView, work: WriteWork, platform: ThePlatform) -> AccountService:
    return AccountService(work, actor, platform)


def _changing(actor: CanContract, work: WriteWork, platform: ThePlatform) -> AccountService:
    return AccountService(work, actor, platform)


Seeing = Annotated[AccountService, Depends(_seeing)]
Changing = Annotated[AccountService, Depends(_changing)]


@router.get("/customers/{customer_id}/account")
async def get_customer_account(customer_id: str, accounts: Seeing) -> AccountRead:
    """Contracts, reminders and money of a customer."""
    return await accounts.account(customer_id)


@router.post("/customers/{customer_id}/contracts", status_code=204)
async def create_customer_contract(
    customer_id: str, wanted: CustomerContractFields, accounts: Changing
) -> None:
    """Enter a contract."""
    await accounts.add_contract(customer_id, wanted)


@router.patch("/customer-contracts/{contract_id}", status_code=204)
async def update_customer_contract(
    contract_id: str, wanted: CustomerContractUpdate, accounts: Changing
) -> None:
    """Change a contract; only given fields change."""
    await accounts.change_contract(contract_id, wanted)


@router.delete("/customer-contracts/{contract_id}", status_code=204)
async def end_customer_contract(contract_id: str, accounts: Changing) -> None:
    """Take a contract out of force."""
    await accounts.end_contract(contract_id)


@router.post("/customers/{customer_id}/reminders", status_code=204)
async def create_customer_reminder(customer_id: str, wanted: ReminderFields, accounts: Changing) -> None:
    """Enter something that falls due."""
    await accounts.add_reminder(customer_id, wanted)


@router.post("/customer-reminders/{reminder_id}/done", status_code=204)
async def finish_customer_reminder(reminder_id: str, wanted: ReminderDone, accounts: Changing) -> None:
    """Note that it was seen to; one that repeats is entered anew."""
    await accounts.finish_reminder(reminder_id, wanted.outcome)


@router.delete("/customer-reminders/{reminder_id}", status_code=204)
async def drop_customer_reminder(reminder_id: str, accounts: Changing) -> None:
    """Remove a reminder that is still open."""
    await accounts.drop_reminder(reminder_id)


@router.get("/customer-reminders")
async def list_customer_reminders(accounts: Seeing) -> CustomerReminderList:
    """Everything whose time of warning has come."""
    return await accounts.due()


@router.post("/customers/{customer_id}/charges", status_code=204)
async def create_customer_charge(customer_id: str, wanted: ChargeFields, accounts: Changing) -> None:
    """Enter money owed or paid."""
    await accounts.add_charge(customer_id, wanted)


@router.delete("/customer-charges/{charge_id}", status_code=204)
async def drop_customer_charge(charge_id: str, accounts: Changing) -> None:
    """Take an entry of the account back."""
    await accounts.drop_charge(charge_id)


@router.get("/customer-arrears")
async def list_customer_arrears(accounts: Seeing) -> ArrearsList:
    """Customers behind with payment."""
    return await accounts.behind()


@router.get("/customers/{customer_id}/statement", response_class=Response)
async def export_customer_statement(
    customer_id: str,
    actor: CanExport,
    work: WriteWork,
    platform: ThePlatform,
    month: Annotated[str, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")],
    reason: Annotated[str, Query(min_length=2, max_length=200)] = "月度对账",
) -> Response:
    """The monthly statement of a customer as a workbook: contacts, money, balance."""
    row = await CustomerRepository(work.session, actor).require(customer_id)
    sheet = await statement(platform, work.session, actor, row.id, month)
    audit.record(work, actor, "customers.statement", target(row), after={"month": month, "reason": reason})
    return Response(
        await asyncio.to_thread(to_xlsx, sheet),
        media_type=XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="statement-{month}.xlsx"'},
    )
