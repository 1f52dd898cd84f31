/** A world that the tests move by hand. */

import type { Ports, Socket } from "../src/connection/connection";
import type { ClientFrame, ServerFrame } from "../src/protocol/generated";

export class FakeSocket implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closed = true;
  }

  says(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  ends(code = 1006): void {
    this.onclose?.({ code });
  }
}

export class FakeWorld implements Ports {
  readonly sockets: FakeSocket[] = [];
  private nowMs = 1_000_000;
  private timers: { atMs: number; work: () => void }[] = [];

  open = (): FakeSocket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };

  now = (): number => this.nowMs;

  random = (): number => 0.5;

  later = (work: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, work };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("nothing was opened");
    return socket;
  }

  /** Let time pass, and do what falls due, in its order. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((one) => one !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.work();
    }
    this.nowMs = untilMs;
  }
}

export function welcome(atMs = 5_000_000): ServerFrame {
  const user = { tenant_id: "t", user_id: "u", role: "agent", display_name: "Ana", agent_ids: ["ana"] };
  return { type: "welcome", protocol: 1, user, server_time_ms: atMs, heartbeat_s: 8 };
}

export const pong: ServerFrame = { type: "pong", nonce: "", server_time_ms: 0 };
