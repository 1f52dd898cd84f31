/** Order, filters, and how rows keep their places while somebody points at them. */

import { PRESENCES } from "../../ui/presence";
import type { AgentLine, QueueLine, WaitingLine } from "./model";

export interface Sort<C extends string> {
  readonly column: C;
  readonly down: boolean;
}

export type QueueColumn = "name" | "level" | "waiting" | "oldest" | "ewt" | "free";
export type AgentColumn = "id" | "state" | "since" | "queue" | "handled" | "aht";
export type WaitingColumn = "age" | "place" | "queue" | "needs" | "priority";

type Value = string | number;

const QUEUE_VALUES: Readonly<Record<QueueColumn, (line: QueueLine) => Value>> = {
  name: (line) => line.name,
  level: (line) => line.levelRecent ?? line.level ?? 2,
  waiting: (line) => line.arrivals.length,
  oldest: (line) => -(line.arrivals[0] ?? Infinity),
  ewt: (line) => line.ewtMs ?? -1,
  free: (line) => line.free,
};

const AGENT_VALUES: Readonly<Record<AgentColumn, (line: AgentLine) => Value>> = {
  id: (line) => line.id,
  state: (line) => PRESENCES[line.presence].order,
  since: (line) => -line.sinceMs,
  queue: (line) => line.queue,
  handled: (line) => line.handled,
  aht: (line) => line.ahtMs ?? -1,
};

const WAITING_VALUES: Readonly<Record<WaitingColumn, (line: WaitingLine) => Value>> = {
  age: (line) => -line.arrivedAtMs,
  place: (line) => line.place,
  queue: (line) => line.queue,
  needs: (line) => line.needs,
  priority: (line) => line.priority,
};

const collator = new Intl.Collator(undefined, { numeric: true });

/** Rows by one column; those that are equal keep the order in which they come. A crowd is sorted at every change. */
function sorted<T>(lines: readonly T[], value: (line: T) => Value, down: boolean): T[] {
  const sign = down ? -1 : 1;
  const keyed = lines.map((line) => ({ line, key: value(line) }));
  keyed.sort(({ key: a }, { key: b }) => {
    const order = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
    return order * sign;
  });
  return keyed.map(({ line }) => line);
}

/** By id, as people order names. Cheap where they come almost so. */
function byId<T extends { id: string }>(lines: readonly T[]): T[] {
  return [...lines].sort((left, right) => collator.compare(left.id, right.id));
}

export const sortQueues = (lines: readonly QueueLine[], sort: Sort<QueueColumn>): QueueLine[] =>
  sorted(byId(lines), QUEUE_VALUES[sort.column], sort.down);

export const sortAgents = (lines: readonly AgentLine[], sort: Sort<AgentColumn>): AgentLine[] =>
  sorted(byId(lines), AGENT_VALUES[sort.column], sort.down);

export function sortWaiting(lines: readonly WaitingLine[], sort: Sort<WaitingColumn>): WaitingLine[] {
  const byArrival = [...lines].sort((left, right) => left.arrivedAtMs - right.arrivedAtMs);
  return sorted(byArrival, WAITING_VALUES[sort.column], sort.down);
}

export interface Placed<T> {
  readonly line: T;
  /** No longer there, but its place is kept. */
  readonly gone: boolean;
}

/** `lines` in the order of `held`: what is new comes last, what is gone keeps its place. */
export function inPlace<T extends { id: string }>(lines: readonly T[], held: readonly Placed<T>[] | null): Placed<T>[] {
  if (held === null) return lines.map((line) => ({ line, gone: false }));
  const now = new Map(lines.map((line) => [line.id, line]));
  const placed = held.map(({ line }) => {
    const present = now.get(line.id);
    now.delete(line.id);
    return present === undefined ? { line, gone: true } : { line: present, gone: false };
  });
  return [...placed, ...[...now.values()].map((line) => ({ line, gone: false }))];
}
