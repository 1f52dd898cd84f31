/** The live picture by keys, and the rules by which a reader of it stays right. */

import type { AgentRow, CallRow, LivePicture, PictureDelta, QueueRow, TallyRow } from "../protocol/generated";

/** The picture as pages use it. Maps are changed in place; `version` says when. */
export interface Picture {
  epoch: string;
  position: number;
  /** As of when, on the supervisor's clock. */
  atMs: number;
  version: number;
  readonly queues: Map<string, QueueRow>;
  readonly calls: Map<string, CallRow>;
  readonly agents: Map<string, AgentRow>;
  readonly tallies: Map<string, TallyRow>;
}

export type Reading = "applied" | "old" | "gap";

export function tallyKey(row: Pick<TallyRow, "queue_id" | "start_ms">): string {
  return `${row.queue_id}@${row.start_ms}`;
}

export function pictureOf(frame: LivePicture, version: number): Picture {
  return {
    epoch: frame.epoch,
    position: frame.position,
    atMs: frame.at_ms,
    version,
    queues: new Map(frame.queues.map((row) => [row.queue_id, row])),
    calls: new Map(frame.calls.map((row) => [row.call_id, row])),
    agents: new Map(frame.agents.map((row) => [row.agent_id, row])),
    tallies: new Map(frame.tallies.map((row) => [tallyKey(row), row])),
  };
}

/** Take a delta: `old` ones change nothing, a `gap` means that the whole picture is needed again. */
export function read(picture: Picture, delta: PictureDelta): Reading {
  if (delta.epoch === picture.epoch ? delta.position <= picture.position : isLower(delta.epoch, picture.epoch)) {
    return "old";
  }
  if (delta.epoch !== picture.epoch || delta.position !== picture.position + 1) return "gap";
  merge(picture.queues, delta.queues, delta.queues_gone, (row) => row.queue_id);
  merge(picture.calls, delta.calls, delta.calls_gone, (row) => row.call_id);
  merge(picture.agents, delta.agents, delta.agents_gone, (row) => row.agent_id);
  merge(picture.tallies, delta.tallies, delta.tallies_gone, tallyKey);
  picture.position = delta.position;
  picture.atMs = delta.at_ms;
  picture.version += 1;
  return "applied";
}

function merge<R>(
  rows: Map<string, R>,
  upserts: readonly R[] | undefined,
  gone: readonly string[] | undefined,
  keyOf: (row: R) => string,
): void {
  for (const row of upserts ?? []) rows.set(keyOf(row), row);
  for (const key of gone ?? []) rows.delete(key);
}

/** Epochs are rising decimal numbers, larger than what a `number` holds. */
function isLower(epoch: string, than: string): boolean {
  return /^\d+$/.test(epoch) && /^\d+$/.test(than) && BigInt(epoch) < BigInt(than);
}
