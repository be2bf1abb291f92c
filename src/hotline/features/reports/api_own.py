"""Routes of own reports (自定义报表): put together, kept, shared with one's organisation, changed and removed by their owner.

What an own report shows is asked of `POST /reports/query`, under the rights of whoever opens it: sharing it shares no figures.
"""

from fastapi import APIRouter

from hotline.features.reports.mailing_repository import remove_schedules_of
from hotline.features.reports.making import CanView
from hotline.features.reports.models import OwnReport
from hotline.features.reports.own_making import check_query
from hotline.features.reports.repository import OwnReports, roles_with
from hotline.features.reports.schemas import QueryRequest
from hotline.features.reports.schemas_own import OwnReportFields, OwnReportView, SharingRole
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork
from hotline.platform.actor import Actor
from hotline.platform.errors import Conflict
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission

router = APIRouter(prefix="/own-reports", tags=["reports"])

OWN_MOST = 200


class TooManyReports(Conflict):
    """Nobody keeps that many reports apart."""

    code = "own_reports_full"
    text = Text(
        "每人最多保存 200 张自定义报表，请先删除不用的", "At most 200 own reports each; remove some first"
    )


@router.get("")
async def list_own_reports(actor: CanView, session: ReadSession) -> list[OwnReportView]:
    """Return one's own reports, then those that others share."""
    return [_view(row, actor) for row in await OwnReports(session, actor).readable()]


@router.get("/roles")
async def list_sharing_roles(_actor: CanView, session: ReadSession) -> list[SharingRole]:
    """Return the roles that may open reports: whom one can share with."""
    return [
        SharingRole(key=role.key, name=role.name)
        for role in await roles_with(session, Permission.REPORTS_VIEW)
    ]


@router.post("", status_code=201)
async def create_own_report(
    wanted: OwnReportFields, actor: CanView, platform: ThePlatform, work: WriteWork
) -> OwnReportView:
    """Keep a report."""
    _check(platform, wanted)
    rows = OwnReports(work.session, actor)
    if await rows.count(OwnReport.owner_id == actor.user_id) >= OWN_MOST:
        raise TooManyReports
    row = rows.add(
        OwnReport(
            id=new_id(),
            authority_id=actor.authority_id,
            owner_id=actor.user_id,
            owner_name=actor.name,
            changed_at=platform.clock(),
            **wanted.model_dump(mode="json"),
        )
    )
    audit.record(work, actor, "reports.own_create", _target(row), after=wanted.model_dump(mode="json"))
    return _view(row, actor)


@router.put("/{report_id}")
async def change_own_report(
    report_id: str, wanted: OwnReportFields, actor: CanView, platform: ThePlatform, work: WriteWork
) -> OwnReportView:
    """Change one of one's own reports."""
    _check(platform, wanted)
    row = await OwnReports(work.session, actor).mine(report_id)
    before = _fields(row)
    for name, value in wanted.model_dump(mode="json").items():
        setattr(row, name, value)
    row.changed_at = platform.clock()
    audit.record(work, actor, "reports.own_change", _target(row), before=before, after=_fields(row))
    return _view(row, actor)


@router.delete("/{report_id}", status_code=204)
async def remove_own_report(report_id: str, actor: CanView, work: WriteWork) -> None:
    """Remove one of one's own reports, with everybody's schedules of it."""
    row = await OwnReports(work.session, actor).mine(report_id)
    audit.record(work, actor, "reports.own_remove", _target(row), before=_fields(row))
    await remove_schedules_of(work.session, row.id)
    await work.session.delete(row)


def _check(platform: Platform, wanted: OwnReportFields) -> None:
    """Raises `Invalid` for what the dictionary does not know, and for what its figures cannot be split by."""
    asked = wanted.definition.model_dump(include={"figures", "dimensions", "filters"})
    check_query(platform, QueryRequest(name=wanted.name, **asked))


def _fields(row: OwnReport) -> dict[str, object]:
    return {name: getattr(row, name) for name in OwnReportFields.model_fields}


def _target(row: OwnReport) -> audit.Target:
    return audit.Target(kind="own_report", id=row.id, name=row.name, authority_id=row.authority_id)


def _view(row: OwnReport, actor: Actor) -> OwnReportView:
    return OwnReportView.model_validate({
        **_fields(row), "id": row.id, "owner_name": row.owner_name, "mine": row.owner_id == actor.user_id, "changed_at": row.changed_at,
    })  # fmt: skip
