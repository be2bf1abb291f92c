"""Change flows: work on the draft, check it, publish it, go back to an earlier version."""

import json
from typing import Any, cast

from hotline.core.flow import examine
from hotline.core.flow_upgrade import upgraded
from hotline.core.ids import FlowId
from hotline.features.flows.checking import Surroundings, check
from hotline.features.flows.models import Flow, FlowVersion
from hotline.features.flows.parameters_repository import parameter_kinds
from hotline.features.flows.problem_words import message_of
from hotline.features.flows.repository import FlowRepository, walked_by_flows
from hotline.features.flows.schemas import (
    FlowCheck,
    FlowCreate,
    FlowDraft,
    FlowProblem,
    FlowPublish,
    FlowRead,
    FlowSummary,
    FlowVersionDocument,
    FlowVersionRead,
)
from hotline.features.flows.schemas_versions import FlowImport
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, HotlineError, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.ports.speech import Recognizer, Synthesizer

DOCUMENT_MAX = 1_000_000
"""Longest document in characters."""


class FlowHasErrors(Conflict):
    """The draft cannot be published; details list the problems."""

    code = "flow_has_errors"
    text = Text("流程有错误，不能发布", "The flow has errors and cannot be published")


class FlowChangedMeanwhile(Conflict):
    """Somebody else changed the draft since it was read; details say who and when."""

    code = "flow_changed_meanwhile"
    text = Text(
        "{edited_by} 在您编辑期间修改了这个流程，您的修改还没有保存",
        "{edited_by} changed this flow meanwhile; your changes are not saved",
    )


class FlowFileBroken(HotlineError):
    """A file is no flow; details list what is wrong and where."""

    code, status = "flow_file_broken", 422
    text = Text("文件不是可用的流程：{first}", "The file is no usable flow: {first}")


def to_text(document: dict[str, Any]) -> str:
    """Return a document as it is stored. Raises `Invalid` when it is too long."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if len(text) > DOCUMENT_MAX:
        raise Invalid("document", "流程过大")
    return text


def summary(row: Flow, published: str | None) -> FlowSummary:
    """Return a flow for a list."""
    return FlowSummary(
        id=row.id,
        authority_id=row.authority_id,
        name=row.name,
        published_version=row.published_version,
        updated_at=row.updated_at,
        changed=_differ(row.draft, published),
    )


def _differ(draft: str, published: str | None) -> bool:
    """Whether publishing the draft would change anything. In what order a document is written down, and in which format, is no change."""
    if published is None or draft == published:
        return published is None
    return upgraded(json.loads(draft)) != upgraded(json.loads(published))


async def read_flow(flows: FlowRepository, row: Flow) -> FlowRead:
    """Return a flow with its draft, published document and versions."""
    versions = await flows.versions(row)
    published = next((v.document for v in versions if v.version == row.published_version), None)
    return FlowRead(
        **summary(row, published).model_dump(),
        revision=row.revision,
        edited_by=row.edited_by,
        draft=upgraded(json.loads(row.draft)),
        published=upgraded(json.loads(published)) if published else None,
        versions=[FlowVersionRead.model_validate(version) for version in versions],
    )


async def read_version(flows: FlowRepository, row: Flow, version: int) -> FlowVersionDocument:
    """Return a published version with its document. Raises `NotFound`."""
    found = await flows.version(row, version)
    if found is None:
        raise NotFound(id=f"{row.id}/{version}")
    described = FlowVersionRead.model_validate(found)
    return FlowVersionDocument(**described.model_dump(), document=upgraded(json.loads(found.document)))


class FlowService:
    """Changes flows within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._flows = FlowRepository(work.session, actor)

    async def create(self, wanted: FlowCreate) -> FlowRead:
        """Make a flow with its first draft; it is not published."""
        row = Flow(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            name=wanted.name,
            draft=to_text(wanted.document),
            published_version=0,
            updated_at=self._platform.clock(),
            revision=1,
            edited_by=self._actor.name,
            active=True,
        )
        self._flows.add(row)
        await self._work.session.flush()
        audit.record(self._work, self._actor, "flows.create", _target(row), after=_logged(row))
        return await read_flow(self._flows, row)

    async def import_text(self, wanted: FlowImport) -> FlowRead:
        """Make a flow of a file's text.

        Raises:
            FlowFileBroken: it is no flow document at all.
        """
        flow, problems = examine(FlowId(""), wanted.text)
        if flow is None:
            told = [{"code": one.code, "message": message_of(one.code, one.detail)} for one in problems]
            raise FlowFileBroken(first=told[0]["message"], problems=told)
        document = upgraded(json.loads(wanted.text))
        return await self.create(
            FlowCreate(name=wanted.name, document=document, authority_id=wanted.authority_id)
        )

    async def save_draft(self, flow_id: str, wanted: FlowDraft) -> FlowRead:
        """Set the draft; calls go on with the published version.

        Raises:
            FlowChangedMeanwhile: `revision` is given and no longer the newest.
        """
        row = await self._active(flow_id)
        if "revision" in wanted.model_fields_set:
            self._require_newest(row, wanted.revision)
        before = _logged(row)
        row.draft = to_text(wanted.document)
        if "name" in wanted.model_fields_set:
            row.name = wanted.name
        self._edited(row)
        audit.record(self._work, self._actor, "flows.draft", _target(row), before=before, after=_logged(row))
        return await read_flow(self._flows, row)

    async def publish(self, flow_id: str, wanted: FlowPublish) -> FlowRead:
        """Make the draft (or an earlier version again) the newest version; new calls use it after the commit.

        Raises:
            FlowHasErrors: the check found errors.
            FlowChangedMeanwhile: `revision` is given and no longer the newest.
        """
        row = await self._active(flow_id)
        if wanted.revision is not None:
            self._require_newest(row, wanted.revision)
        before = {"published_version": row.published_version}
        if wanted.version is not None:
            earlier = await self._flows.version(row, wanted.version)
            if earlier is None:
                raise NotFound(id=f"{flow_id}/{wanted.version}")
            row.draft = to_text(upgraded(json.loads(earlier.document)))
        checked = await check_flow(self._platform, self._flows, row.id, row.draft)
        if not checked.publishable:
            raise FlowHasErrors(problems=[problem.model_dump() for problem in checked.problems])
        versions = await self._flows.versions(row)
        row.published_version = (versions[0].version if versions else 0) + 1
        self._edited(row)
        self._flows.enter_version(
            FlowVersion(
                flow_id=row.id,
                version=row.published_version,
                authority_id=row.authority_id,
                document=row.draft,
                published_at=row.updated_at,
                published_by=self._actor.name,
                note=wanted.note,
            )
        )
        await self._work.session.flush()
        after = {"published_version": row.published_version, "again": wanted.version, "note": wanted.note}
        audit.record(self._work, self._actor, "flows.publish", _target(row), before=before, after=after)
        mark_site_changed(self._work, self._platform)
        return await read_flow(self._flows, row)

    async def deactivate(self, flow_id: str) -> None:
        """Take a flow out of use; refused while a hotline or another flow leads to it."""
        row = await self._active(flow_id)
        await self._platform.require_unused(self._work.session, "flow", row.id)
        row.active = False
        audit.record(
            self._work,
            self._actor,
            "flows.remove",
            _target(row),
            before={"active": True},
            after={"active": False},
        )
        mark_site_changed(self._work, self._platform)

    def _require_newest(self, row: Flow, revision: int) -> None:
        if revision != row.revision:
            raise FlowChangedMeanwhile(
                revision=row.revision, edited_by=row.edited_by, updated_at=row.updated_at.isoformat()
            )

    def _edited(self, row: Flow) -> None:
        row.updated_at = self._platform.clock()
        row.revision += 1
        row.edited_by = self._actor.name

    async def _active(self, flow_id: str) -> Flow:
        row = await self._flows.require(flow_id)
        await self._work.session.refresh(row, with_for_update=True)  # two who save at once take turns
        if not row.active:
            raise NotFound(id=flow_id)
        return row


async def check_flow(platform: Platform, flows: FlowRepository, flow_id: str, text: str) -> FlowCheck:
    """Check a document as the actor of `flows` sees the site."""

    async def known(kind: str, thing: str) -> bool:
        if kind == "flow" and thing == flow_id:
            return True  # that it walks itself is found elsewhere
        kinds = (
            ("queue", "queue_number") if kind == "queue" else (kind,)
        )  # a flow may name a queue either way
        checks = [platform.reference_checks[one] for one in kinds if one in platform.reference_checks]
        return any([await is_known(flows.session, flows.actor, thing) for is_known in checks])

    around = Surroundings(
        known=known,
        parameters=await parameter_kinds(flows.session, flows.actor),
        subflows=await walked_by_flows(flows),
        speech=_speaks(platform),
    )
    problems: list[FlowProblem] = await check(flow_id, text, around)
    return FlowCheck(publishable=all(p.severity != "error" for p in problems), problems=problems)


def _speaks(platform: Platform) -> bool:
    synthesizer: Synthesizer | None = platform.services.get(Synthesizer)
    recognizer: Recognizer | None = platform.services.get(Recognizer)
    return bool(synthesizer and synthesizer.installed and recognizer and recognizer.installed)


def _logged(row: Flow) -> dict[str, Any]:
    """What the audit trail compares: node by node, so that an entry names what was changed and not the whole flow."""
    draft: dict[str, Any] = json.loads(row.draft)
    written = draft.get("nodes")
    nodes = cast("dict[str, Any]", written) if isinstance(written, dict) else {}
    each = {f"nodes.{node_id}": node for node_id, node in nodes.items()}
    return {"name": row.name, "start": draft.get("start"), "published_version": row.published_version} | each


def _target(row: Flow) -> audit.Target:
    return audit.Target(kind="flow", id=row.id, name=row.name, authority_id=row.authority_id)
