"""The tables of contracts, of what does not count, and of acceptances."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base

_DAY = String(10)


class Contract(Base, Authority):
    """A contract (合同); see `schemas.ContractFields`. Days are ISO dates, money is decimal text in yuan."""

    __tablename__ = "contract"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(64))
    contractor: Mapped[str] = mapped_column(String(64))
    hotline_ids: Mapped[list[Any]]
    starts_on: Mapped[str] = mapped_column(_DAY)
    ends_on: Mapped[str] = mapped_column(_DAY)
    period: Mapped[str] = mapped_column(String(16))
    period_fee: Mapped[str] = mapped_column(String(24))
    active: Mapped[bool]
    terms: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class ContractExclusion(Base, Authority):
    """A period that does not count for a contract (不可抗力、线路故障)."""

    __tablename__ = "contract_exclusion"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    contract_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    evidence: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class Acceptance(Base, Authority):
    """The acceptance of a period (考核验收). From the submission on, `plan`, `result` and the package are kept as they were."""

    __tablename__ = "contract_acceptance"
    __table_args__ = (UniqueConstraint("contract_id", "first"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    contract_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    first: Mapped[str] = mapped_column(_DAY)
    last: Mapped[str] = mapped_column(_DAY)
    label: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(1000))
    declared: Mapped[list[Any]]
    plan: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    passed: Mapped[bool | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str] = mapped_column(String(64))
    submitted_by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64))
    decision_note: Mapped[str] = mapped_column(String(200))
    package_sha256: Mapped[str] = mapped_column(String(64))
    package_path: Mapped[str]
    package_bytes: Mapped[int] = mapped_column(BigInteger)
