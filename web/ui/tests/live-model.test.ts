import { expect, test } from "vitest";

import { byPlace, liveView, riskOf } from "../src/features/live/model";
import { inPlace, sortAgents } from "../src/features/live/sorting";
import { abandonment, asaMs, serviceLevel } from "../src/state/figures";
import { pictureOf } from "../src/state/picture";
import { duration, masked, percent } from "../src/ui/format";
import { agent, call, queue } from "./rows";

test.each([
  [5_000, "calm"],
  [12_000, "near"],
  [20_000, "near"],
  [20_001, "late"],
])("a wait of %i ms against 20 s then its risk is %s", (age, risk) => {
  expect(riskOf(age, 20_000)).toBe(risk);
});

test.each([
  [null, ["c", "a", "b"]],
  [1_000, ["a", "c", "b"]],
])("a credit of %s ms a point then priority is a class or a head start", (credit, order) => {
  const waits = (id: string, since: number, priority: number) => ({ ...call(id, since), priority, credit_ms: credit });
  const line = [waits("a", 0, 0), waits("b", 4_000, 0), waits("c", 5_000, 2)];
  expect(line.sort(byPlace).map((one) => one.call_id)).toEqual(order);
});

test.each([
  ["talking", false, 200],
  ["held", true, 300],
] as const)("an agent whose call is %s then on hold is %s, and since when", (state, held, sinceMs) => {
  const talks = { ...agent("ana", 200), presence: "on_call", call_id: "c" } as const;
  const frame = { type: "live_picture", epoch: "1", position: 1, at_ms: 400, queues: [queue("q", 0)] } as const;
  const picture = pictureOf({ ...frame, calls: [{ ...call("c", 300), state }], agents: [talks], tallies: [] }, 1);
  expect(liveView(picture, 400).agents).toMatchObject([{ held, sinceMs }]);
});

test.each([
  ["rona", "Missed calls"],
  ["lunch", "Lunch"],
  ["", ""],
])("an agent who is away for %o then the view says %o", (reason, said) => {
  const away = { ...agent("ana", 200), presence: "away", reason } as const;
  const frame = { type: "live_picture", epoch: "1", position: 1, at_ms: 400, queues: [], calls: [] } as const;
  const picture = pictureOf({ ...frame, agents: [away], tallies: [] }, 1);
  expect(liveView(picture, 400).agents).toMatchObject([{ reason: said }]);
});

test("nothing happened then there is no figure", () => {
  const none = { offered: 0, answered: 0, answeredWithin: 0, waitMs: 0, abandoned: 0, shortAbandoned: 0 };
  expect([serviceLevel(none), asaMs(none), abandonment(none)]).toEqual([null, null, null]);
  expect(percent(null)).toBe("–");
});

test("short abandons then they do not count against the service", () => {
  const sums = { offered: 12, answered: 9, answeredWithin: 8, waitMs: 90_000, abandoned: 3, shortAbandoned: 2 };
  expect([serviceLevel(sums), asaMs(sums), abandonment(sums)]).toEqual([0.8, 10_000, 0.25]);
});

test("agents in the same state then they stand in the order of their names, up and down", () => {
  const line = (id: string, presence: "available" | "away") =>
    ({ id, presence, reason: "", held: false, sinceMs: 0, queue: "", queues: [], handled: 0, ahtMs: null }) as const;
  const lines = [line("a10", "available"), line("a2", "away"), line("a3", "available")];
  const ids = (down: boolean) => sortAgents(lines, { column: "state", down }).map(({ id }) => id);
  expect([ids(false), ids(true)]).toEqual([
    ["a3", "a10", "a2"],
    ["a2", "a3", "a10"],
  ]);
});

test("somebody points at rows then they keep their places", () => {
  const [a, b, c] = [{ id: "a" }, { id: "b" }, { id: "c" }];
  const held = inPlace([a, b], null);
  expect(inPlace([c, b], held).map(({ line, gone }) => [line.id, gone])).toEqual([
    ["a", true],
    ["b", false],
    ["c", false],
  ]);
});

test("figures then they read as people write them", () => {
  expect([duration(5_000), duration(252_000), duration(3_723_000), duration(-1)]).toEqual([
    "0:05",
    "4:12",
    "1:02:03",
    "0:00",
  ]);
  expect(masked("+40721234588")).toBe("+40 … 88");
});
