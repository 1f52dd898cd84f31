/**
 * What one agent's softphone knows: the agent, their calls, and who calls. The server says it all again whenever a
 * connection begins, so that a reload, a restart and a second tab need nothing of their own.
 */

import type { Connection } from "../connection/connection";
import type { AgentView, CallerNames, CallView, ServerFrame } from "../protocol/generated";
import { Store } from "./store";

export interface Softphone {
  readonly agent: AgentView | null;
  /** By call. Only calls that the agent is connected to. */
  readonly calls: ReadonlyMap<string, CallView>;
  /** By subject. */
  readonly callers: ReadonlyMap<string, CallerNames>;
  /** Why the server will not let this be the agent's softphone, if it won't. */
  readonly fault: string | null;
}

const NOTHING: Softphone = { agent: null, calls: new Map(), callers: new Map(), fault: null };

export class SoftphoneStore extends Store<Softphone> {
  private watched = new Set<string>();

  constructor(private readonly connection: Pick<Connection, "send" | "onFrame" | "onBegin">) {
    super(NOTHING);
  }

  /** Be the softphone of this agent, on this connection and those that follow it. Returns how to stop. */
  attach(agentId: string): () => void {
    const begin = (): void => {
      this.watched = new Set();
      this.freshAgent = true;
      this.connection.send({ type: "attach_agent", agent_ids: [agentId] });
    };
    const stopBegin = this.connection.onBegin(begin);
    const stopFrames = this.connection.onFrame((frame) => this.heard(agentId, frame));
    begin();
    return () => {
      stopBegin();
      stopFrames();
      this.connection.send({ type: "detach", agent_ids: [agentId] });
      this.set(NOTHING);
    };
  }

  private freshAgent = true;

  private heard(agentId: string, frame: ServerFrame): void {
    const state = this.get();
    switch (frame.type) {
      case "agent":
        if (frame.agent_id === agentId) this.agentHeard(frame);
        break;
      case "call":
        this.set({ ...state, calls: withCall(state.calls, frame) });
        break;
      case "caller":
        this.set({ ...state, callers: new Map(state.callers).set(frame.subject_id, frame) });
        break;
      case "error":
        if (frame.about === agentId) this.set({ ...state, fault: frame.message });
        break;
      default:
        break;
    }
  }

  /** The first frame of a connection is believed; later ones only if they are newer. */
  private agentHeard(frame: AgentView): void {
    const state = this.get();
    if (!this.freshAgent && state.agent !== null && frame.version <= state.agent.version) return;
    this.freshAgent = false;
    const engaged = new Set(frame.engagements.map((held) => held.call_id));
    const subjects = new Set(frame.engagements.map((held) => held.subject_id));
    this.set({
      agent: frame,
      calls: new Map([...state.calls].filter(([callId]) => engaged.has(callId))),
      callers: new Map([...state.callers].filter(([subjectId]) => subjects.has(subjectId))),
      fault: null,
    });
    for (const held of frame.engagements) {
      if (held.state === "live" && !this.watched.has(held.call_id)) {
        this.watched.add(held.call_id);
        this.connection.send({ type: "watch_call", call_id: held.call_id });
      }
    }
  }
}

function withCall(calls: ReadonlyMap<string, CallView>, frame: CallView): ReadonlyMap<string, CallView> {
  const known = calls.get(frame.call_id);
  if (known !== undefined && frame.state !== "ended" && frame.version < known.version) return calls;
  const next = new Map(calls);
  if (frame.state === "ended") next.delete(frame.call_id);
  else next.set(frame.call_id, frame);
  return next;
}
