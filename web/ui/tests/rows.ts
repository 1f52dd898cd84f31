/** Rows of a live picture, with nothing special about them. */

import type { AgentRow, CallRow, QueueRow } from "../src/protocol/generated";

export const call = (id: string, since: number): CallRow => ({
  call_id: id,
  queue_id: "q",
  subject_id: null,
  state: "waiting",
  priority: 0,
  needs: [],
  arrived_at_ms: since,
  since_ms: since,
  agent_id: null,
  credit_ms: null,
});
export const queue = (id: string, waiting: number): QueueRow => ({
  queue_id: id,
  name: id,
  sla_threshold_s: 20,
  sla_target: 0.8,
  waiting,
  ringing: 0,
  oldest_arrived_at_ms: null,
  ewt_s: null,
  free: 0,
  on_call: 0,
  wrap_up: 0,
});
export const agent = (id: string, since: number): AgentRow => ({
  agent_id: id,
  presence: "available",
  reason: "",
  since_ms: since,
  free: true,
  queues: [],
  call_id: null,
  queue_id: null,
  today: {
    day_start_ms: 0,
    counted_until_ms: 0,
    handled: 0,
    conversation_ms: 0,
    wrap_up_ms: 0,
    idle_ms: 0,
    engaged_ms: 0,
  },
});
