"""Who hears of which agent and which call: frames that replace each other, sent after the commit that changed them."""

from collections import defaultdict

from actors.ports import Link
from actors.wire import AgentFrame, CallFrame, WatchAgents, WatchCalls
from engine.call import CallState
from engine.roster import Roster
from engine.switchboard import Switchboard

Watched = tuple[str, str]


class Watchers:
    """Links by (tenant, agent or call id)."""

    def __init__(self) -> None:
        self._links: defaultdict[Watched, list[Link]] = defaultdict(list)

    def add(self, tenant_id: str, identity: str, link: Link) -> None:
        links = self._links[tenant_id, identity]
        if link not in links:
            links.append(link)

    def tell(self, tenant_id: str, identity: str, frame: AgentFrame | CallFrame) -> None:
        """Send a frame to everyone who watches, and forget those who have gone."""
        key = (tenant_id, identity)
        if key not in self._links:
            return
        links = self._links[key] = [link for link in self._links[key] if not link.closed]
        for link in links:
            link.send(frame)
        if not links or (isinstance(frame, CallFrame) and frame.call is None):
            del self._links[key]

    def is_watched(self, tenant_id: str, identity: str) -> bool:
        return (tenant_id, identity) in self._links

    def watched(self) -> list[Watched]:
        """Everything that someone watches."""
        return list(self._links)

    def sweep(self) -> None:
        """Forget links that have closed."""
        for key in [key for key, links in self._links.items() if all(link.closed for link in links)]:
            del self._links[key]


def agent_frame(roster: Roster, epoch: int, agent_id: str) -> AgentFrame:
    return AgentFrame(roster.tenant_id, epoch, agent_id, roster.agents.get(agent_id))


def call_frame(board: Switchboard, epoch: int, call_id: str) -> CallFrame:
    """A call as of now, with its place in line while it waits."""
    call = board.calls.get(call_id)
    if call is None or call.state is not CallState.WAITING:
        return CallFrame(board.tenant_id, epoch, call_id, call)
    line = board.line_of(call)
    position = line.position(call)
    return CallFrame(board.tenant_id, epoch, call_id, call, position, line.ewt_s(position))


def watch(watchers: Watchers, aggregate: object, epoch: int, request: WatchAgents | WatchCalls, link: Link) -> None:
    """Start watching, with a first frame for each."""
    if isinstance(request, WatchAgents) and isinstance(aggregate, Roster):
        for agent_id in request.agent_ids:
            watchers.add(request.tenant_id, agent_id, link)
            link.send(agent_frame(aggregate, epoch, agent_id))
    elif isinstance(request, WatchCalls) and isinstance(aggregate, Switchboard):
        for call_id in request.call_ids:
            frame = call_frame(aggregate, epoch, call_id)
            if frame.call is not None:
                watchers.add(request.tenant_id, call_id, link)
            link.send(frame)
