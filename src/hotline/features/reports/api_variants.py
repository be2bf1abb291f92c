"""Routes of formula variants (口径) and exclusions (剔除项): per hotline, in versions, audited."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import local_midnight
from hotline.core.metrics.variant import parse_variant
from hotline.features.reports.answering import Control, TheStatistics
from hotline.features.reports.differing import COMPARED, differences
from hotline.features.reports.making import CanView, StatisticsAway, make_asked
from hotline.features.reports.models import DEFAULT, MetricExclusion, MetricVariant
from hotline.features.reports.repository import Exclusions, Variants, book_of, variant_of
from hotline.features.reports.schemas import (
    ExclusionCreate,
    ExclusionView,
    VariantChange,
    VariantDifference,
    VariantTry,
    VariantView,
)
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.times import moment
from hotline.ports.statistics import StatisticsUnavailable

router = APIRouter(tags=["reports"])

CanChange = Annotated[Actor, Depends(require(Permission.REPORTS_VARIANTS))]
_TRIED = timedelta(days=30)
EVERY = "default"
"""Names the organisation's default in addresses."""


@router.get("/variants")
async def list_variants(actor: CanView, session: ReadSession, control: Control) -> list[VariantView]:
    """Return the variant in force for the organisation and for each hotline in sight."""
    rows = await Variants(session, actor).in_force(control.site().hotlines)
    hotlines = [one for one in control.site().hotlines if actor.sees(one.authority_id)]
    names = {DEFAULT: "全部热线", **{str(one.id): one.name for one in hotlines}}
    return [_view(rows, key, name) for key, name in names.items()]


def _view(rows: dict[str, MetricVariant], key: str, name: str) -> VariantView:
    row = rows.get(key)
    variant = variant_of(rows, key)
    return VariantView(
        hotline_id=key or None,
        hotline_name=name,
        text=variant.text(),
        options=variant.options(),
        version=row.version if row else 0,
        note=row.note if row else "",
        changed_at=row.created_at if row else None,
        changed_by=row.created_by if row else "",
        inherits=row is None or row.text is None or row.hotline_id != key,
    )


@router.get("/variants/{hotline_id}/versions")
async def list_variant_versions(
    hotline_id: str, actor: CanView, session: ReadSession, control: Control
) -> list[VariantView]:
    """Return every version of a hotline's variant (`default`: the organisation's), latest first."""
    key = DEFAULT if hotline_id == EVERY else hotline_id
    name = next((one.name for one in control.site().hotlines if one.id == key), "全部热线")
    return [_view({key: row}, key, name) for row in await Variants(session, actor).versions(key)]


@router.put("/variants/{hotline_id}")
async def change_variant(
    hotline_id: str,
    wanted: VariantChange,
    actor: CanChange,
    platform: ThePlatform,
    work: WriteWork,
    control: Control,
) -> VariantView:
    """Put a new version in force for a hotline (`default`: for all without their own); every report, of the past too, follows it."""
    key = DEFAULT if hotline_id == EVERY else hotline_id
    if key != DEFAULT:
        await platform.require_reference(work.session, actor, "hotline_id", "hotline", key)
    text = _text_of(wanted.options)
    variants = Variants(work.session, actor)
    hotlines = control.site().hotlines
    before = next(iter(await variants.versions(key)), None)
    owner = next((one.authority_id for one in hotlines if one.id == key), actor.authority_id)
    row = variants.add(
        MetricVariant(
            id=new_id(),
            authority_id=owner,
            hotline_id=key,
            version=before.version + 1 if before else 1,
            text=text,
            note=wanted.note,
            created_at=platform.clock(),
            created_by=actor.name,
        )
    )
    name = next((one.name for one in hotlines if one.id == key), "全部热线")
    audit.record(
        work,
        actor,
        "reports.variant",
        audit.Target(kind="variant", id=key or EVERY, name=name, authority_id=row.authority_id),
        before={"text": before.text, "words": _words(before.text)} if before else None,
        after={"text": text, "words": _words(text), "version": row.version, "note": wanted.note},
    )
    return _view({**await variants.in_force(hotlines), key: row}, key, name)


def _words(text: str | None) -> str:
    return "与本机构默认口径相同" if text is None else parse_variant(text).words()


def _text_of(options: Mapping[str, str | int | bool] | None) -> str | None:
    """The choices as a variant is kept; None for the organisation's default. Raises `Invalid`."""
    if options is None:
        return None
    given = ",".join(f"{k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in options.items())
    try:
        return parse_variant(given).text()
    except ValueError as wrong:
        raise Invalid("options", f"口径写法不正确：{wrong}") from wrong


@router.post("/variants/{hotline_id}/difference")
async def compare_variant(
    hotline_id: str,
    wanted: VariantTry,
    actor: CanView,
    platform: ThePlatform,
    session: ReadSession,
    statistics: TheStatistics,
    control: Control,
) -> VariantDifference:
    """Return which figures of the past would read otherwise under another variant; nothing is changed."""
    key = DEFAULT if hotline_id == EVERY else hotline_id
    if key != DEFAULT:
        await platform.require_reference(session, actor, "hotline_id", "hotline", key)
    text = _text_of(wanted.options)
    rows = await Variants(session, actor).in_force(control.site().hotlines)
    tried = MetricVariant(hotline_id=key, text=text, version=0)
    excluded = await Exclusions(session, actor).that_count()
    now = platform.clock()
    asked = make_asked(
        actor, now, start=wanted.start or local_midnight(now) - _TRIED, end=wanted.end or now, grain=Grain.TOTAL, group_by=[],
        filters={Dimension.HOTLINE: [key]} if key else {}, variant="", compare="", sort="", limit=1,
    )  # fmt: skip
    after = {**rows, key: tried}
    try:
        found = await differences(statistics, book_of(rows, excluded), book_of(after, excluded), asked)
    except StatisticsUnavailable as away:
        raise StatisticsAway from away
    return VariantDifference(
        start=asked.start, end=asked.end, before=variant_of(rows, key).text(), after=variant_of(after, key).text(),
        compared=len(COMPARED), figures=found,
    )  # fmt: skip


@router.get("/exclusions")
async def list_exclusions(actor: CanView, session: ReadSession, control: Control) -> list[ExclusionView]:
    """Return what does not count: periods and numbers, those of organisations above as well."""
    names = {str(one.id): one.name for one in control.site().hotlines}
    found = await Exclusions(session, actor).that_count()
    return [_exclusion(row, names, inherited=not actor.sees(row.authority_id)) for row, _ in found]


@router.post("/exclusions", status_code=201)
async def create_exclusion(
    wanted: ExclusionCreate, actor: CanChange, platform: ThePlatform, work: WriteWork, control: Control
) -> ExclusionView:
    """Exclude a period (of one hotline or all) or a number from counting."""
    start, end = moment(wanted.start), moment(wanted.end)
    if bool(wanted.number) == (start is not None or end is not None):
        raise Invalid("number", "请填写一个时段，或者一个号码")
    if not wanted.number and (start is None or end is None or end <= start):
        raise Invalid("end", "时段要有开始和结束，结束应晚于开始")
    await platform.require_reference(work.session, actor, "hotline_id", "hotline", wanted.hotline_id)
    row = Exclusions(work.session, actor).add(
        MetricExclusion(
            id=new_id(),
            authority_id=actor.authority_id,
            hotline_id=wanted.hotline_id,
            starts_at=start,
            ends_at=end,
            number=wanted.number,
            reason=wanted.reason,
            created_at=platform.clock(),
            created_by=actor.name,
        )
    )
    target = audit.Target(kind="exclusion", id=row.id, name=row.reason, authority_id=row.authority_id)
    told = wanted.model_dump(mode="json")
    audit.record(work, actor, "reports.exclusion", target, after=told)
    return _exclusion(row, {str(one.id): one.name for one in control.site().hotlines}, inherited=False)


@router.delete("/exclusions/{exclusion_id}", status_code=204, response_class=Response)
async def delete_exclusion(exclusion_id: str, actor: CanChange, work: WriteWork) -> None:
    """Count it again."""
    row = await Exclusions(work.session, actor).require(exclusion_id)
    target = audit.Target(kind="exclusion", id=row.id, name=row.reason, authority_id=row.authority_id)
    audit.record(
        work, actor, "reports.exclusion_removed", target, before={"number": row.number, "reason": row.reason}
    )
    await work.session.delete(row)


def _exclusion(row: MetricExclusion, names: dict[str, str], *, inherited: bool) -> ExclusionView:
    return ExclusionView(
        id=row.id,
        hotline_id=row.hotline_id,
        hotline_name=names.get(row.hotline_id or "", "全部热线"),
        start=row.starts_at,
        end=row.ends_at,
        number=row.number,
        reason=row.reason,
        created_at=row.created_at,
        created_by=row.created_by,
        inherited=inherited,
    )
