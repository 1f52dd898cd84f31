import { expect, test } from "vitest";

import { Connection } from "../src/connection/connection";
import { Commands } from "../src/state/commands";
import type { ClientFrame } from "../src/protocol/generated";
import { FakeWorld, pong, welcome } from "./fakes";
import type { FakeSocket } from "./fakes";

function ready(): [FakeWorld, Commands] {
  const world = new FakeWorld();
  const connection = new Connection(world);
  let count = 0;
  const commands = new Commands(connection, { now: world.now, later: world.later, newId: () => `c${++count}` });
  connection.start();
  world.socket.says(welcome());
  return [world, commands];
}

const sentBy = (socket: FakeSocket): ClientFrame[] => socket.sent.filter(({ type }) => type !== "ping");
const outcome = (id: string, code: string) => ({
  type: "outcome" as const,
  command_id: id,
  code,
  message: code === "ok" ? "" : "Why.",
  position: null,
  ewt_s: null,
});

test("command is sent then it is pending until it is answered", async () => {
  const [world, commands] = ready();
  const answer = commands.execute({ type: "hold_call", call_id: "call-1" });
  expect(commands.pending.get()).toEqual([{ type: "hold_call", call_id: "call-1" }]);
  world.socket.says(outcome("c1", "ok"));
  expect(await answer).toEqual({ code: "ok", message: "" });
  expect(commands.pending.get()).toEqual([]);
});

test("refused then the answer says why", async () => {
  const [world, commands] = ready();
  const answer = commands.execute({ type: "accept_offer", offer_id: "o" });
  world.socket.says(outcome("c1", "offer_ended"));
  expect(await answer).toEqual({ code: "offer_ended", message: "Why." });
});

test("connection lost before the answer then the same command goes out again with the time that is left", async () => {
  const [world, commands] = ready();
  const answer = commands.execute({ type: "accept_offer", offer_id: "o" });
  world.socket.ends();
  world.pass(2_000);
  world.socket.says(welcome());
  expect(sentBy(world.socket)).toEqual([
    { type: "accept_offer", offer_id: "o", command_id: "c1", expires_in_ms: 8_000 },
  ]);
  world.socket.says(outcome("c1", "ok"));
  expect((await answer).code).toBe("ok");
});

test("outcome unknown then it is asked again with the same id", async () => {
  const [world, commands] = ready();
  const answer = commands.execute({ type: "hang_up_call", call_id: "call-1" });
  world.socket.says(outcome("c1", "outcome_unknown"));
  world.pass(600);
  expect(sentBy(world.socket).map((frame) => "command_id" in frame && frame.command_id)).toEqual(["c1", "c1"]);
  world.socket.says(outcome("c1", "call_ended"));
  expect((await answer).code).toBe("call_ended");
});

test("no answer until it expires then whoever waits is told so", async () => {
  const [world, commands] = ready();
  const answer = commands.execute({ type: "hang_up_call", call_id: "call-1" });
  for (let second = 0; second < 12; second += 1) {
    world.pass(1_000);
    world.socket.says(pong);
  }
  expect((await answer).code).toBe("outcome_unknown");
  expect(commands.pending.get()).toEqual([]);
});
