"""Prometheus figures of the application: calls, agents, queues, the way to the journal, the engine. No personal data."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from hotline.adapters.embedded.sip_proxy import SipProxy
from hotline.runtime.runtime import Runtime

COMMIT_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)


class Figures(Collector):
    """One registry for one application; values are read when they are asked for."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, runtime: Runtime, proxy: SipProxy) -> None:
        self._runtime = runtime
        self._proxy = proxy
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        commits = Histogram(
            "hotline_journal_commit_seconds",
            "Time of a commit of the journal, by the caller's clock",
            buckets=COMMIT_BUCKETS_S,
            registry=self._registry,
        )
        runtime.observe_commits(commits.observe)

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures as they are now."""
        runtime = self._runtime
        delivery, engine, live = runtime.delivery, runtime.engine(), runtime.live(None)
        yield _gauge("hotline_engine_up", "1 while the switch engine is connected", engine.up)
        yield _gauge("hotline_calls", "Calls that run", engine.calls)
        yield _gauge("hotline_journal_up", "1 while the journal takes events", delivery.journal_up)
        yield _gauge("hotline_journal_spooled_events", "Events kept aside for the database", delivery.spooled)
        yield _gauge("hotline_inbox", "Inputs waiting for the dispatcher", runtime.inbox)
        yield _gauge("hotline_sip_browsers", "Browsers connected to /sip", self._proxy.open)
        yield CounterMetricFamily("hotline_journal_events", "Events written", value=delivery.events)
        yield CounterMetricFamily(
            "hotline_journal_commits", "Transactions of the journal", value=delivery.commits
        )
        agents = GaugeMetricFamily("hotline_agents", "Agents by state", labels=["state"])
        counts: dict[str, int] = {}
        for agent in live.agents:
            counts[agent.state] = counts.get(agent.state, 0) + 1
        for state, count in sorted(counts.items()):
            agents.add_metric([state], count)
        yield agents
        waiting = GaugeMetricFamily("hotline_queue_waiting", "Calls waiting", labels=["queue"])
        ready = GaugeMetricFamily("hotline_queue_ready", "Agents ready", labels=["queue"])
        for queue in live.queues:
            waiting.add_metric([queue.queue_id], queue.waiting)
            ready.add_metric([queue.queue_id], queue.ready)
        yield waiting
        yield ready


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
