/**
 * Commands under way. Each has an id that makes it safe to repeat: it is sent again after a lost connection and after
 * an answer that says "unknown", until it is answered or has expired. Those who wait are always answered.
 */

import type { Connection } from "../connection/connection";
import type { Intent } from "../protocol/command";
import { ANSWER_MARGIN_MS, COMMAND_LIFETIME_MS } from "../protocol/generated";
import type { CommandFrame, OutcomeFrame } from "../protocol/generated";
import { Store } from "./store";

const AGAIN_AFTER_MS = 500;

export type Answer = Pick<OutcomeFrame, "code" | "message">;

interface Underway {
  readonly intent: Intent;
  readonly commandId: string;
  readonly expiresAtMs: number;
  readonly resolve: (answer: Answer) => void;
}

export interface CommandPorts {
  readonly now: () => number;
  readonly newId: () => string;
  readonly later: (work: () => void, delayMs: number) => () => void;
}

export const NO_ANSWER: Answer = {
  code: "outcome_unknown",
  message: "No answer came in time; look at what is shown once the connection is back, and try again.",
};

export class Commands {
  /** Types of the commands that have not been answered. */
  readonly pending = new Store<readonly Intent[]>([]);
  private readonly underway = new Map<string, Underway>();

  constructor(
    private readonly connection: Pick<Connection, "send" | "onFrame" | "onBegin">,
    private readonly ports: CommandPorts,
  ) {
    connection.onFrame((frame) => {
      if (frame.type === "outcome") this.answered(frame);
    });
    connection.onBegin(() => {
      for (const one of this.underway.values()) this.send(one);
    });
  }

  /** Have a command carried out. The promise is never rejected: a refusal is an answer. */
  async execute(intent: Intent): Promise<Answer> {
    return new Promise((resolve) => {
      const commandId = this.ports.newId();
      const expiresAtMs = this.ports.now() + COMMAND_LIFETIME_MS;
      const giveUp = this.ports.later(() => this.settle(commandId, NO_ANSWER), COMMAND_LIFETIME_MS + ANSWER_MARGIN_MS);
      const settled = (answer: Answer): void => {
        giveUp();
        resolve(answer);
      };
      const one: Underway = { intent, commandId, expiresAtMs, resolve: settled };
      this.underway.set(commandId, one);
      this.show();
      this.send(one);
    });
  }

  private send({ intent, commandId, expiresAtMs }: Underway): void {
    const leftMs = expiresAtMs - this.ports.now();
    if (leftMs <= 0) return;
    const frame = { ...intent, command_id: commandId, expires_in_ms: Math.ceil(leftMs) } as CommandFrame;
    this.connection.send(frame);
  }

  private answered(frame: OutcomeFrame): void {
    const one = this.underway.get(frame.command_id);
    if (one === undefined) return;
    if (frame.code === "outcome_unknown" && one.expiresAtMs - AGAIN_AFTER_MS > this.ports.now()) {
      this.ports.later(() => {
        if (this.underway.has(one.commandId)) this.send(one);
      }, AGAIN_AFTER_MS);
      return;
    }
    this.settle(frame.command_id, frame);
  }

  private settle(commandId: string, answer: Answer): void {
    const one = this.underway.get(commandId);
    if (one === undefined) return;
    this.underway.delete(commandId);
    this.show();
    one.resolve({ code: answer.code, message: answer.message });
  }

  private show(): void {
    this.pending.set([...this.underway.values()].map(({ intent }) => intent));
  }
}
