/** What the live view shows, from the picture: values in, values out. Ages are left to the clock. */

import type { AgentRow, CallRow, Presence, TallyRow } from "../../protocol/generated";
import { TALLY_INTERVAL_MS } from "../../protocol/generated";
import { abandonment, asaMs, serviceLevel, startOfDay, sumsOf } from "../../state/figures";
import type { Sums } from "../../state/figures";
import type { Picture } from "../../state/picture";
import { words } from "../../ui/format";

export type Risk = "calm" | "near" | "late";

/** From this share of the threshold on, a wait is near it. */
const NEAR_FROM = 0.6;
const RECENT_INTERVALS = 2;
/** Why the house, not the agent, stopped the calls: short, for a column. */
const IMPOSED: Readonly<Record<string, string>> = { rona: "Missed calls", connection_lost: "Connection lost" };

export interface Header {
  readonly level: number | null;
  readonly levelRecent: number | null;
  /** The threshold and the target, where all queues have the same. */
  readonly thresholdMs: number | null;
  readonly target: number | null;
  readonly waiting: number;
  readonly oldestMs: number | null;
  /** The threshold of the queue in which the oldest call waits. */
  readonly oldestThresholdMs: number;
  readonly asaMs: number | null;
  readonly abandonment: number | null;
  readonly today: Sums;
  readonly free: number;
  readonly present: number;
}

export interface QueueLine {
  readonly id: string;
  readonly name: string;
  readonly thresholdMs: number;
  readonly target: number;
  readonly level: number | null;
  readonly levelRecent: number | null;
  /** Arrivals of those who are not answered yet, the oldest first. */
  readonly arrivals: readonly number[];
  readonly ewtMs: number | null;
  readonly free: number;
  readonly onCall: number;
  readonly wrapUp: number;
}

export interface WaitingLine {
  readonly id: string;
  readonly queueId: string;
  readonly queue: string;
  /** 1 is next in its queue. */
  readonly place: number;
  readonly arrivedAtMs: number;
  readonly thresholdMs: number;
  readonly ringing: boolean;
  readonly subjectId: string | null;
  readonly needs: string;
  readonly priority: number;
}

export interface AgentLine {
  readonly id: string;
  readonly presence: Presence;
  /** Why somebody is away, in words; empty where there is nothing to say. */
  readonly reason: string;
  /** On a call whose caller is on hold; `sinceMs` is then the hold's. */
  readonly held: boolean;
  readonly sinceMs: number;
  readonly queue: string;
  readonly queues: readonly string[];
  readonly handled: number;
  readonly ahtMs: number | null;
}

export interface LiveView {
  readonly header: Header;
  readonly queues: readonly QueueLine[];
  readonly waiting: readonly WaitingLine[];
  readonly agents: readonly AgentLine[];
}

export function riskOf(ageMs: number, thresholdMs: number): Risk {
  if (ageMs > thresholdMs) return "late";
  return ageMs >= thresholdMs * NEAR_FROM ? "near" : "calm";
}

/** Everything at once: one pass over each kind of row. */
export function liveView(picture: Picture, nowMs: number): LiveView {
  const lines = unanswered(picture);
  const midnightMs = startOfDay(nowMs);
  const recentMs = nowMs - (nowMs % TALLY_INTERVAL_MS) - (RECENT_INTERVALS - 1) * TALLY_INTERVAL_MS;
  const byQueue = new Map<string, TallyRow[]>();
  for (const row of picture.tallies.values()) {
    const rows = byQueue.get(row.queue_id);
    if (rows === undefined) byQueue.set(row.queue_id, [row]);
    else rows.push(row);
  }
  const isToday = (row: TallyRow): boolean => row.start_ms >= midnightMs;
  const isRecent = (row: TallyRow): boolean => row.start_ms >= recentMs;
  const queues = [...picture.queues.values()]
    .map((row): QueueLine => {
      const tallies = byQueue.get(row.queue_id) ?? [];
      return {
        id: row.queue_id,
        name: row.name,
        thresholdMs: row.sla_threshold_s * 1_000,
        target: row.sla_target,
        level: serviceLevel(sumsOf(tallies, isToday)),
        levelRecent: serviceLevel(sumsOf(tallies, isRecent)),
        arrivals: (lines.get(row.queue_id) ?? []).map((call) => call.arrived_at_ms).sort((a, b) => a - b),
        ewtMs: row.ewt_s === null ? null : row.ewt_s * 1_000,
        free: row.free,
        onCall: row.on_call,
        wrapUp: row.wrap_up,
      };
    })
    .sort((left, right) => left.name.localeCompare(right.name));
  const today = sumsOf(picture.tallies.values(), isToday);
  const recent = sumsOf(picture.tallies.values(), isRecent);
  return {
    header: headerOf(picture, queues, today, recent),
    queues,
    waiting: waitingLines(picture, lines),
    agents: [...picture.agents.values()].map((row) => agentLine(row, picture)),
  };
}

/** Calls that are not answered yet, by queue, in the order of their places. */
function unanswered(picture: Picture): Map<string, CallRow[]> {
  const lines = new Map<string, CallRow[]>();
  for (const call of picture.calls.values()) {
    if (call.state !== "waiting" && call.state !== "offered") continue;
    const line = lines.get(call.queue_id);
    if (line === undefined) lines.set(call.queue_id, [call]);
    else line.push(call);
  }
  for (const line of lines.values()) {
    line.sort(byPlace);
  }
  return lines;
}

/** Who is next comes first: by priority and arrival, or by arrival less the credit for priority. */
export function byPlace(left: CallRow, right: CallRow): number {
  return classOf(right) - classOf(left) || creditedArrival(left) - creditedArrival(right);
}

/** Where priority is a credit of waiting there is only one class. */
function classOf(call: CallRow): number {
  return call.credit_ms === null ? call.priority : 0;
}

function creditedArrival(call: CallRow): number {
  return call.arrived_at_ms - call.priority * (call.credit_ms ?? 0);
}

function headerOf(picture: Picture, queues: readonly QueueLine[], today: Sums, recent: Sums): Header {
  let oldest: QueueLine | null = null;
  for (const queue of queues) {
    const arrival = queue.arrivals[0];
    if (arrival !== undefined && arrival < (oldest?.arrivals[0] ?? Infinity)) oldest = queue;
  }
  let [free, present] = [0, 0];
  for (const agent of picture.agents.values()) {
    if (agent.free) free += 1;
    if (agent.presence !== "offline") present += 1;
  }
  return {
    level: serviceLevel(today),
    levelRecent: serviceLevel(recent),
    thresholdMs: same(queues.map(({ thresholdMs }) => thresholdMs)),
    target: same(queues.map(({ target }) => target)),
    waiting: queues.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
    oldestMs: oldest?.arrivals[0] ?? null,
    oldestThresholdMs: oldest?.thresholdMs ?? Infinity,
    asaMs: asaMs(today),
    abandonment: abandonment(today),
    today,
    free,
    present,
  };
}

function waitingLines(picture: Picture, lines: ReadonlyMap<string, readonly CallRow[]>): WaitingLine[] {
  const shown: WaitingLine[] = [];
  for (const [queueId, line] of lines) {
    const queue = picture.queues.get(queueId);
    line.forEach((call, index) => {
      shown.push({
        id: call.call_id,
        queueId,
        queue: queue?.name ?? queueId,
        place: index + 1,
        arrivedAtMs: call.arrived_at_ms,
        thresholdMs: (queue?.sla_threshold_s ?? Infinity) * 1_000,
        ringing: call.state === "offered",
        subjectId: call.subject_id,
        needs: needsOf(call),
        priority: call.priority,
      });
    });
  }
  return shown;
}

/** Skills with their least proficiency; the queue and the call may ask for the same one. */
function needsOf({ needs }: CallRow): string {
  return [...new Set(needs.map(([skill, least]) => (least > 1 ? `${skill} ${least}` : skill)))].join(", ");
}

function agentLine(row: AgentRow, picture: Picture): AgentLine {
  const { handled, conversation_ms: conversationMs, wrap_up_ms: wrapUpMs } = row.today;
  const call = row.call_id === null ? undefined : picture.calls.get(row.call_id);
  const held = row.presence === "on_call" && call?.state === "held";
  return {
    id: row.agent_id,
    presence: row.presence,
    reason: row.presence === "away" && row.reason !== "" ? (IMPOSED[row.reason] ?? words(row.reason)) : "",
    held,
    sinceMs: held ? call.since_ms : row.since_ms,
    queue: row.queue_id === null ? "" : (picture.queues.get(row.queue_id)?.name ?? row.queue_id),
    queues: row.queues,
    handled,
    ahtMs: handled > 0 ? (conversationMs + wrapUpMs) / handled : null,
  };
}

function same(values: readonly number[]): number | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}
