import { expect, test } from "vitest";

import { DELAY_MS_MAX, delayMs } from "../src/connection/backoff";
import { Connection } from "../src/connection/connection";
import { follow } from "../src/connection/machine";
import { FakeWorld, pong, welcome } from "./fakes";

function connected(): [FakeWorld, Connection] {
  const world = new FakeWorld();
  const connection = new Connection(world);
  connection.start();
  world.socket.says(welcome());
  return [world, connection];
}

test("what the table does not know then nothing changes", () => {
  expect(follow("idle", "heard")).toBe("idle");
  expect(follow("signed_out", "lost")).toBe("signed_out");
});

test("attempts fail then the delay doubles up to its limit and is never less than half", () => {
  expect([0, 1, 2].map((attempt) => delayMs(attempt, 1))).toEqual([250, 500, 1_000]);
  expect(delayMs(30, 1)).toBe(DELAY_MS_MAX);
  expect(delayMs(30, 0)).toBe(DELAY_MS_MAX / 2);
});

test("welcome then connected, and whoever follows something says so again", () => {
  const world = new FakeWorld();
  const connection = new Connection(world);
  const begun: string[] = [];
  connection.onBegin((frame) => begun.push(frame.user.user_id));
  connection.start();
  expect(connection.state.get().phase).toBe("connecting");
  world.socket.says(welcome());
  expect(connection.state.get().phase).toBe("connected");
  expect(begun).toEqual(["u"]);
});

test("silence then stale, and an answer makes it whole again", () => {
  const [world, connection] = connected();
  world.pass(6_000);
  expect(connection.state.get().phase).toBe("stale");
  world.socket.says(pong);
  expect(connection.state.get()).toEqual({ phase: "connected", brokenSinceMs: null, retryAtMs: null });
});

test("long silence then the socket is given up and a new one is opened", () => {
  const [world, connection] = connected();
  const first = world.socket;
  world.pass(13_000);
  expect(first.closed).toBe(true);
  expect(world.sockets.length).toBeGreaterThan(1);
  expect(connection.state.get().phase).toBe("reconnecting");
});

test("lost then it comes back by itself and stays quiet between attempts", () => {
  const [world, connection] = connected();
  world.socket.ends();
  expect(connection.state.get().phase).toBe("reconnecting");
  expect(world.sockets).toHaveLength(1);
  world.pass(300);
  expect(world.sockets).toHaveLength(2);
  world.socket.ends();
  world.pass(500);
  world.socket.says(welcome());
  expect(connection.state.get().phase).toBe("connected");
});

test("server says how long to stay away then that is the least", () => {
  const [world] = connected();
  world.socket.says({ type: "closing", code: 1012, reason: "restart", retry_after_ms: 3_000 });
  world.socket.ends(1012);
  world.pass(2_900);
  expect(world.sockets).toHaveLength(1);
  world.pass(200);
  expect(world.sockets).toHaveLength(2);
});

test("no valid session then it stays out until it is started again", () => {
  const [world, connection] = connected();
  world.socket.ends(4401);
  world.pass(60_000);
  expect(connection.state.get().phase).toBe("signed_out");
  expect(world.sockets).toHaveLength(1);
  connection.start();
  expect(world.sockets).toHaveLength(2);
});

test("stopped then nothing is opened, sent or heard", () => {
  const [world, connection] = connected();
  const first = world.socket;
  connection.stop();
  first.says(pong);
  world.pass(60_000);
  expect(connection.state.get().phase).toBe("idle");
  expect(connection.send({ type: "ping" })).toBe(false);
  expect(world.sockets).toHaveLength(1);
});

test("the network is back while a delay runs then the next attempt is made at once", () => {
  const [world, connection] = connected();
  world.socket.ends();
  connection.nudge();
  expect(world.sockets).toHaveLength(2);
});

test("no welcome in time then the attempt counts as lost", () => {
  const world = new FakeWorld();
  const connection = new Connection(world);
  connection.start();
  world.pass(8_500);
  expect(connection.state.get().phase).toBe("reconnecting");
  expect(world.sockets.length).toBeGreaterThan(1);
});
