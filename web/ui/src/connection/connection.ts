/**
 * One websocket that comes back by itself. It knows frames, not what they mean: whoever listens hears each frame, and
 * is told when a new connection begins, to say again what it follows.
 */

import { JSON_SUBPROTOCOL, NOT_SIGNED_IN_CLOSE_CODE } from "../protocol/generated";
import type { ClientFrame, ServerFrame, Welcome } from "../protocol/generated";
import { Store } from "../state/store";
import { delayMs } from "./backoff";
import { follow, isOpen } from "./machine";
import type { Happening, Phase } from "./machine";

export const PING_EVERY_MS = 3_000;
export const SILENT_AFTER_MS = 5_000;
export const LOST_AFTER_MS = 10_000;
export const WELCOME_WITHIN_MS = 8_000;

/** The part of a `WebSocket` that is used. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send: (text: string) => void;
  close: () => void;
}

/** What the connection needs of the world. Times in milliseconds. */
export interface Ports {
  readonly open: (subprotocol: string) => Socket;
  readonly now: () => number;
  readonly random: () => number;
  readonly later: (work: () => void, delayMs: number) => () => void;
}

export interface ConnectionState {
  readonly phase: Phase;
  /** Since when the connection has not been whole, by the local clock; null while it is. */
  readonly brokenSinceMs: number | null;
  /** When the next attempt is made, by the local clock. */
  readonly retryAtMs: number | null;
}

export class Connection {
  readonly state = new Store<ConnectionState>({ phase: "idle", brokenSinceMs: null, retryAtMs: null });
  private socket: Socket | null = null;
  private attempt = 0;
  private heardAtMs = 0;
  private retryAfterMs = 0;
  private cancelTimer: () => void = () => undefined;
  private readonly frameListeners = new Set<(frame: ServerFrame) => void>();
  private readonly beginListeners = new Set<(welcome: Welcome) => void>();

  constructor(private readonly ports: Ports) {}

  onFrame(listener: (frame: ServerFrame) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  onBegin(listener: (welcome: Welcome) => void): () => void {
    this.beginListeners.add(listener);
    return () => this.beginListeners.delete(listener);
  }

  start(): void {
    const { phase } = this.state.get();
    if (phase !== "idle" && phase !== "signed_out") return;
    this.attempt = 0;
    this.move("start");
    this.open();
  }

  stop(): void {
    this.drop();
    this.move("stop");
  }

  /** Whether the frame was handed to the network. */
  send(frame: ClientFrame): boolean {
    if (this.socket === null || !isOpen(this.state.get().phase)) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** The network came back, or somebody looks at the page again: don't wait out the delay. */
  nudge(): void {
    const { phase, retryAtMs } = this.state.get();
    if (phase === "reconnecting" && retryAtMs !== null) this.open();
    else if (isOpen(phase)) this.watch();
  }

  private move(happening: Happening): void {
    const { phase, brokenSinceMs } = this.state.get();
    const next = follow(phase, happening);
    const whole = next === "connected" || next === "idle" || next === "signed_out";
    const since = whole ? null : (brokenSinceMs ?? this.ports.now());
    if (next !== phase || since !== brokenSinceMs) {
      this.state.set({ phase: next, brokenSinceMs: since, retryAtMs: null });
    }
  }

  private open(): void {
    this.drop();
    this.state.set({ ...this.state.get(), retryAtMs: null });
    const socket = this.ports.open(JSON_SUBPROTOCOL);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (this.socket === socket && typeof event.data === "string") this.receive(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.closed(event.code);
    };
    this.cancelTimer = this.ports.later(() => this.lost(), WELCOME_WITHIN_MS);
  }

  private receive(text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    this.heardAtMs = this.ports.now();
    if (frame.type === "welcome") this.welcomed(frame);
    else if (frame.type === "closing") this.retryAfterMs = frame.retry_after_ms;
    this.move("heard");
    for (const listener of this.frameListeners) listener(frame);
  }

  private welcomed(frame: Welcome): void {
    this.attempt = 0;
    this.retryAfterMs = 0;
    this.move("welcome");
    for (const listener of this.beginListeners) listener(frame);
    this.watch();
  }

  /** Ask now and then whether the other side still hears; silence makes the picture stale, long silence ends it. */
  private watch(): void {
    this.cancelTimer();
    const silentMs = this.ports.now() - this.heardAtMs;
    if (silentMs >= LOST_AFTER_MS) {
      this.lost();
      return;
    }
    if (silentMs >= SILENT_AFTER_MS) this.move("silent");
    this.send({ type: "ping" });
    this.cancelTimer = this.ports.later(() => this.watch(), PING_EVERY_MS);
  }

  private closed(code: number): void {
    if (code === NOT_SIGNED_IN_CLOSE_CODE) {
      this.drop();
      this.move("refused");
    } else {
      this.lost();
    }
  }

  private lost(): void {
    this.drop();
    this.move("lost");
    const delay = Math.max(this.retryAfterMs, delayMs(this.attempt, this.ports.random()));
    this.attempt += 1;
    this.state.set({ ...this.state.get(), retryAtMs: this.ports.now() + delay });
    this.cancelTimer = this.ports.later(() => this.open(), delay);
  }

  private drop(): void {
    this.cancelTimer();
    this.cancelTimer = () => undefined;
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }
}
