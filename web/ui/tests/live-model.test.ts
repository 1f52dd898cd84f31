import { expect, test } from "vitest";

import { byPlace, riskOf } from "../src/features/live/model";
import type { CallRow } from "../src/protocol/generated";
import { inPlace } from "../src/features/live/sorting";
import { abandonment, asaMs, serviceLevel } from "../src/state/figures";
import { duration, masked, percent } from "../src/ui/format";

test.each([
  [5_000, "calm"],
  [12_000, "near"],
  [20_000, "near"],
  [20_001, "late"],
])("a wait of %i ms against 20 s then its risk is %s", (age, risk) => {
  expect(riskOf(age, 20_000)).toBe(risk);
});

const waits = (call_id: string, arrived_at_ms: number, priority: number, credit_ms: number | null): CallRow => ({
  call_id,
  queue_id: "q",
  subject_id: null,
  state: "waiting",
  priority,
  needs: [],
  arrived_at_ms,
  since_ms: arrived_at_ms,
  agent_id: null,
  credit_ms,
});

test.each([
  [null, ["c", "a", "b"]],
  [1_000, ["a", "c", "b"]],
])("a credit of %s ms a point then priority is a class or a head start", (credit, order) => {
  const line = [waits("a", 0, 0, credit), waits("b", 4_000, 0, credit), waits("c", 5_000, 2, credit)];
  expect(line.sort(byPlace).map((call) => call.call_id)).toEqual(order);
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
