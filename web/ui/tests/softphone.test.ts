import { expect, test } from "vitest";

import { Connection } from "../src/connection/connection";
import { DISPOSITIONS, matching } from "../src/features/softphone/dispositions";
import { cards, presenceShown } from "../src/features/softphone/model";
import type { AgentView, EngagementView } from "../src/protocol/generated";
import { SoftphoneStore } from "../src/state/softphone";
import type { Softphone } from "../src/state/softphone";
import { FakeWorld, welcome } from "./fakes";

const held = (state: string): EngagementView => ({
  offer_id: "offer-1",
  call_id: "call-1",
  queue_id: "billing",
  state,
  since_ms: 1_000,
  until_ms: 21_000,
  arrived_at_ms: 500,
  priority: 0,
  subject_id: "s1",
});
const agent = (
  version: number,
  presence: string,
  engagements: EngagementView[] = [],
  base = "available",
): AgentView => ({
  type: "agent",
  agent_id: "ana",
  version,
  presence,
  base,
  reason: base === "away" ? "lunch" : "",
  since_ms: 1_000,
  engagements,
});
const phoneWith = (view: AgentView): Softphone => ({ agent: view, calls: new Map(), callers: new Map(), fault: null });

function attached(): [FakeWorld, SoftphoneStore] {
  const world = new FakeWorld();
  const connection = new Connection(world);
  const store = new SoftphoneStore(connection);
  store.attach("ana");
  connection.start();
  world.socket.says(welcome());
  return [world, store];
}

test("connection begins then the softphone is attached", () => {
  const [world] = attached();
  expect(world.socket.sent).toContainEqual({ type: "attach_agent", agent_ids: ["ana"] });
});

test("an older frame comes late then it changes nothing", () => {
  const [world, store] = attached();
  world.socket.says(agent(5, "on_call", [held("live")]));
  world.socket.says(agent(4, "offered", [held("ringing")]));
  expect(store.get().agent?.presence).toBe("on_call");
});

test("a call is live then it is watched once, and again on the next connection", () => {
  const [world] = attached();
  world.socket.says(agent(5, "on_call", [held("live")]));
  world.socket.says(agent(6, "on_call", [held("live")]));
  const watched = () => world.socket.sent.filter(({ type }) => type === "watch_call").length;
  expect(watched()).toBe(1);
  world.socket.ends();
  world.pass(500);
  world.socket.says(welcome());
  world.socket.says(agent(6, "on_call", [held("live")]));
  expect(watched()).toBe(1);
});

test("the call is over then its caller is forgotten", () => {
  const [world, store] = attached();
  world.socket.says(agent(5, "on_call", [held("live")]));
  world.socket.says({ type: "caller", subject_id: "s1", number: "+431", name: "M" });
  expect(store.get().callers.size).toBe(1);
  world.socket.says(agent(6, "available"));
  expect(store.get().callers.size).toBe(0);
});

test("accept was pressed then the ring shows it before anybody confirms", () => {
  const phone = phoneWith(agent(1, "offered", [held("ringing")]));
  const [before] = cards(phone, [], new Map());
  const [after] = cards(phone, [{ type: "accept_offer", offer_id: "offer-1" }], new Map());
  expect(before).toMatchObject({ kind: "ring", asked: null, queue: "billing" });
  expect(after).toMatchObject({ kind: "ring", asked: "accept" });
});

test("away was chosen during a call then it says what comes next", () => {
  const shown = presenceShown(phoneWith(agent(1, "on_call", [held("live")], "away")), []);
  expect(shown).toMatchObject({ presence: "on_call", next: "Away, lunch", imposed: false });
});

test("dispositions then there are twenty codes that the server takes, each once", () => {
  const codes = DISPOSITIONS.map(({ code }) => code);
  expect(new Set(codes).size).toBe(20);
  expect(codes.every((code) => /^[a-z0-9_-]{1,64}$/.test(code))).toBe(true);
});

test.each([
  ["", 20, "booked"],
  ["wro", 1, "wrong-number"],
  ["call", 4, "callback-requested"],
  ["zzz", 0, undefined],
])("%j is typed then %i fit", (typed, count, first) => {
  const found = matching(typed);
  expect([found.length, found[0]?.code]).toEqual([count, first]);
});
