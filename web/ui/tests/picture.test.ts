import { expect, test } from "vitest";

import { Connection } from "../src/connection/connection";
import type { AgentRow, CallRow, LivePicture, PictureDelta, QueueRow, TallyRow } from "../src/protocol/generated";
import { LiveStore } from "../src/state/live";
import { pictureOf, read, tallyKey } from "../src/state/picture";
import type { Picture } from "../src/state/picture";
import { FakeWorld, welcome } from "./fakes";
import { agent, call, queue } from "./rows";

/** A small generator of its own, so that a seed names a history. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const tally = (id: string, offered: number): TallyRow => ({
  queue_id: id,
  start_ms: 900_000,
  offered,
  answered: 0,
  answered_within: 0,
  wait_ms: 0,
  abandoned: 0,
  abandoned_within: 0,
  short_abandoned: 0,
  abandoned_wait_ms: 0,
  lost: 0,
  handled: 0,
  talk_ms: 0,
  hold_ms: 0,
  wrap_up_ms: 0,
});

const EMPTY: LivePicture = {
  type: "live_picture",
  epoch: "7",
  position: 0,
  at_ms: 0,
  queues: [],
  calls: [],
  agents: [],
  tallies: [],
};
const delta = (position: number, more: Partial<PictureDelta> = {}): PictureDelta => ({
  type: "live_delta",
  epoch: "7",
  position,
  at_ms: position,
  ...more,
});

/** The picture as a value, without how it came about. */
function content(picture: Picture): unknown {
  const { queues, calls, agents, tallies, epoch, position, atMs } = picture;
  const rows = [queues, calls, agents, tallies].map((map) => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { rows, epoch, position, atMs };
}

test.each([1, 2, 3, 4, 5])("any history then snapshot and deltas equal a fresh snapshot (seed %i)", (seed) => {
  const random = numbers(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const [queues, calls] = [new Map<string, QueueRow>(), new Map<string, CallRow>()];
  const [agents, tallies] = [new Map<string, AgentRow>(), new Map<string, TallyRow>()];
  const picture = pictureOf(EMPTY, 0);
  for (let position = 1; position <= 300; position += 1) {
    const key = `k${pick(40)}`;
    const changes: Partial<PictureDelta>[] = [
      { calls: [call(key, position)] },
      { calls_gone: calls.has(key) ? [key] : [] },
      { queues: [queue(key, position)], agents: [agent(key, position)] },
      { agents_gone: agents.has(key) ? [key] : [], queues_gone: queues.has(key) ? [key] : [] },
      { tallies: [tally(key, position)] },
      {},
    ];
    const change = delta(position, changes[pick(changes.length)]);
    for (const row of change.calls ?? []) calls.set(row.call_id, row);
    for (const row of change.queues ?? []) queues.set(row.queue_id, row);
    for (const row of change.agents ?? []) agents.set(row.agent_id, row);
    for (const row of change.tallies ?? []) tallies.set(tallyKey(row), row);
    for (const gone of change.calls_gone ?? []) calls.delete(gone);
    for (const gone of change.agents_gone ?? []) agents.delete(gone);
    for (const gone of change.queues_gone ?? []) queues.delete(gone);
    expect(read(picture, change)).toBe("applied");
  }
  const fresh: LivePicture = {
    ...EMPTY,
    position: 300,
    at_ms: 300,
    queues: [...queues.values()],
    calls: [...calls.values()],
    agents: [...agents.values()],
    tallies: [...tallies.values()],
  };
  expect(content(picture)).toEqual(content(pictureOf(fresh, 0)));
});

test.each([
  ["seen already", delta(5), "old"],
  ["the next one", delta(6), "applied"],
  ["one is missing", delta(7), "gap"],
  ["from an incarnation that was replaced", { ...delta(9), epoch: "6" }, "old"],
  ["from a new incarnation", { ...delta(1), epoch: "10" }, "gap"],
])("delta is %s then it is read as such", (_, change, reading) => {
  expect(read(pictureOf({ ...EMPTY, position: 5 }, 0), change)).toBe(reading);
});

function following(): [FakeWorld, LiveStore, () => void] {
  const world = new FakeWorld();
  const connection = new Connection(world);
  const frames: (() => void)[] = [];
  const store = new LiveStore(connection, (work) => frames.push(work), world.now);
  store.follow();
  connection.start();
  world.socket.says(welcome());
  const draw = (): void => {
    for (const work of frames.splice(0)) work();
  };
  return [world, store, draw];
}

const snapshot = (position: number) =>
  ({ type: "live_snapshot", epoch: "7", position, picture: { ...EMPTY, position } }) as const;
const change = (position: number) =>
  ({ type: "live_delta", epoch: "7", position, delta: delta(position, { calls: [call(`c${position}`, 0)] }) }) as const;

test("many deltas before one picture is drawn then they are applied together", () => {
  const [world, store, draw] = following();
  let told = 0;
  store.subscribe(() => (told += 1));
  world.socket.says(snapshot(5));
  for (const position of [6, 7, 8]) world.socket.says(change(position));
  expect(store.get().picture).toBeNull();
  draw();
  expect(told).toBe(1);
  expect([...(store.get().picture?.calls.keys() ?? [])]).toEqual(["c6", "c7", "c8"]);
});

test("a delta is missing then the whole picture is asked for, and what comes before it is dropped", () => {
  const [world, store, draw] = following();
  world.socket.says(snapshot(5));
  draw();
  world.socket.says(change(7));
  draw();
  expect(world.socket.sent.slice(-2).map(({ type }) => type)).toEqual(["unsubscribe_live", "subscribe_live"]);
  world.socket.says(change(8));
  world.socket.says(snapshot(8));
  world.socket.says(change(9));
  draw();
  expect(store.get().picture?.position).toBe(9);
  expect([...(store.get().picture?.calls.keys() ?? [])]).toEqual(["c9"]);
});

test("a new connection then the picture is asked for again and the old one stays until it comes", () => {
  const [world, store, draw] = following();
  world.socket.says(snapshot(5));
  draw();
  world.socket.ends();
  world.pass(500);
  world.socket.says(welcome());
  expect(world.socket.sent.map(({ type }) => type)).toContain("subscribe_live");
  expect(store.get().picture?.position).toBe(5);
});
