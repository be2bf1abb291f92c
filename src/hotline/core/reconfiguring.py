"""A new picture of the site while calls run: lines are made anew, agents and calls stay where they are."""

from datetime import datetime

from hotline.core import presence, queueing
from hotline.core.agent import AT_WORK, IN_CALL
from hotline.core.call import Call
from hotline.core.floor import Floor
from hotline.core.routing import QueueLine
from hotline.core.site import Site
from hotline.core.site_index import SiteIndex


def reconfigure(floor: Floor, site: Site, at: datetime) -> None:
    """Go on with a new picture. Only calls that wait in a queue that is gone notice it."""
    for agent in floor.agents.values():
        agent.ready_keys.clear()
    floor.index = SiteIndex(site, floor.index)
    before = floor.lines
    floor.lines = {queue.id: QueueLine() for queue in site.queues}
    for queue_id, line in floor.lines.items():
        if queue_id in before:
            line.handled, line.wrapped = before[queue_id].handled, before[queue_id].wrapped
    _count_agents(floor)
    waiting = [call for call in floor.calls.values() if call.line_key is not None]
    for call in sorted(waiting, key=lambda call: call.line_key or ()):
        _stand_again(floor, call, at)
    for agent in list(floor.agents.values()):
        if agent.agent_id not in floor.index.agents and agent.signed_in and agent.state not in IN_CALL:
            presence.sign_out(floor, agent, at, "system")
        floor.sync_ready(agent)


def _count_agents(floor: Floor) -> None:
    for agent in floor.agents.values():
        profile = floor.index.agents.get(agent.agent_id)
        if profile is not None:
            agent.profile = profile
        for membership in agent.profile.queues if agent.signed_in else ():
            line = floor.lines.get(membership.queue_id)
            if line is not None:
                line.signed_in += 1
                line.at_work += agent.state in AT_WORK


def _stand_again(floor: Floor, call: Call, at: datetime) -> None:
    """Take the same place in the line as it is now; the rules of the queue may have changed."""
    assert call.line_queue_id is not None
    queue = floor.index.queues.get(call.line_queue_id)
    call.line_key = call.line_queue_id = None
    floor.ask_for_nobody(call)
    floor.cancel_timer("widen", call.call_id)
    if queue is None:
        queueing.leave_unknown(floor, call, at)
    else:
        queueing.wait_in_line(floor, call, at, queue)
