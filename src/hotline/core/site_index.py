"""The site arranged for looking things up. Knows nothing of what runs."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from hotline.core.cel import PARAMETER
from hotline.core.expression import Kind, from_text
from hotline.core.flow import Flow, FlowError, parse
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    DeviceId,
    FlowId,
    HotlineId,
    HoursId,
    PromptKey,
    QueueId,
    TrunkId,
)
from hotline.core.site import AgentProfile, Hotline, Hours, KnownCaller, Prompt, Queue, Site, Trunk


class SiteIndex:
    """A site with its dictionaries and its parsed flows. `broken` names flows that cannot be run and why."""

    def __init__(self, site: Site, before: "SiteIndex | None" = None) -> None:
        """Arrange `site`; flows already parsed by `before` are taken over."""
        self.site = site
        self.hotlines: dict[HotlineId, Hotline] = {h.id: h for h in site.hotlines}
        self.hotline_of_number: dict[str, Hotline] = {h.number: h for h in site.hotlines}
        self.queues: dict[QueueId, Queue] = {q.id: q for q in site.queues}
        self.queue_of_number: dict[str, Queue] = {q.number: q for q in site.queues if q.number}
        self.agents: dict[AgentId, AgentProfile] = {a.id: a for a in site.agents}
        self.agent_of_number: dict[str, AgentProfile] = {a.number: a for a in site.agents}
        self.agent_of_device: dict[DeviceId, AgentId] = {d: a.id for a in site.agents for d in a.devices}
        self.mobiles: dict[DeviceId, str] = {mobile_device(a): a.mobile for a in site.agents if a.mobile}
        """Mobile seats (移动座席): telephones that are reached through a trunk and need not register."""
        self.agent_of_device |= {mobile_device(a): a.id for a in site.agents if a.mobile}
        self.known_callers: dict[str, KnownCaller] = {c.number: c for c in site.known_callers}
        self.levels: dict[QueueId, int] = {}
        """The highest skill level anybody has in a queue: who has it is asked last."""
        for agent in site.agents:
            for member in agent.queues:
                self.levels[member.queue_id] = max(self.levels.get(member.queue_id, 1), member.level)
        self.hours: dict[HoursId, Hours] = {h.id: h for h in site.hours}
        self.prompts: dict[PromptKey, Prompt] = {p.key: p for p in site.prompts}
        self.trunks: dict[TrunkId, Trunk] = {t.id: t for t in site.trunks}
        self._parameters: dict[AuthorityId, dict[str, Any]] = {}
        self._parameter_kinds: dict[str, Kind] = {p.key: cast("Kind", p.kind) for p in site.parameters}
        self.broken: dict[FlowId, FlowError] = {}
        self._texts: dict[tuple[FlowId, int], str] = {}
        self._flows: dict[tuple[FlowId, int], Flow] = {}
        self._newest: dict[FlowId, int] = {}
        self._sounds: dict[tuple[str, ...], tuple[tuple[str, ...], int]] = {}
        self._parse_flows(before)

    def _parse_flows(self, before: "SiteIndex | None") -> None:
        same = before is None or before._parameter_kinds == self._parameter_kinds
        if before is not None:  # calls still run on these versions
            self._texts.update(before._texts)
            self._flows.update(before._flows)
        for document in self.site.flows:
            key = document.id, document.version
            if not same or self._texts.get(key) != document.json or key not in self._flows:
                try:
                    self._flows[key] = parse(
                        document.id, document.version, document.json, self._parameter_kinds
                    )
                except FlowError as error:
                    self.broken[document.id] = error
                    continue
                self._texts[key] = document.json
            self._newest[document.id] = max(self._newest.get(document.id, 0), document.version)
        kept = {(d.id, d.version) for d in self.site.flows}
        for key in [k for k in self._flows if k not in kept and k[0] not in self._newest]:
            del self._flows[key]

    def flow(self, flow_id: FlowId, version: int | None = None) -> Flow | None:
        """Return a flow in this version (default: the newest that can be run), or None."""
        if version is None:
            version = self._newest.get(flow_id, -1)
        return self._flows.get((flow_id, version))

    def parameters(self, authority_id: AuthorityId) -> Mapping[str, Any]:
        """Return the global parameters that count in an organisation, each under `param.<key>`."""
        found = self._parameters.get(authority_id)
        if found is None:
            found = self._parameters[authority_id] = {
                PARAMETER + one.key: from_text(one.kind, one.value)
                for one in self.site.parameters
                if authority_id in one.inherited_by
            }
        return found

    def queue_named(self, name: str) -> Queue | None:
        """Return the queue with this id, or with this number."""
        return self.queues.get(QueueId(name)) or self.queue_of_number.get(name)

    def sounds(self, keys: Iterable[str]) -> tuple[tuple[str, ...], int]:
        """Return the files of these prompts and their length in ms together. Prompts that are not there are left out."""
        wanted = tuple(keys)
        found = self._sounds.get(wanted)
        if found is None:
            there = [p for p in (self.prompts.get(PromptKey(key)) for key in wanted) if p is not None]
            found = tuple(p.path for p in there), sum(p.duration_ms for p in there)
            if len(self._sounds) < 10_000:  # spoken sentences differ without end
                self._sounds[wanted] = found
        return found


def mobile_device(profile: AgentProfile) -> DeviceId:
    """Return the name of an agent's mobile seat."""
    return DeviceId(f"{profile.number}-mobile")
