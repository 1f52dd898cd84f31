/** What the softphone shows, from what it knows: values in, values out. */

import type { Intent } from "../../protocol/command";
import type { EngagementView, Presence, Queue } from "../../protocol/generated";
import type { Softphone } from "../../state/softphone";
import { words } from "../../ui/format";

export const AWAY_REASONS = [
  { code: "break", label: "Break" },
  { code: "lunch", label: "Lunch" },
  { code: "meeting", label: "Meeting" },
  { code: "training", label: "Training" },
  { code: "paperwork", label: "Paperwork" },
] as const;

const OTHER_REASONS: Readonly<Record<string, string>> = {
  rona: "a call rang out",
  connection_lost: "the connection was lost",
};

export interface PresenceShown {
  readonly presence: Presence;
  /** Why, in words; empty where there is nothing to say. */
  readonly reason: string;
  readonly sinceMs: number;
  /** What was asked for and is not confirmed yet. */
  readonly asked: Presence | null;
  /** What comes after the present call, where it is not simply the next one. */
  readonly next: string | null;
  /** Whether the house, not the agent, chose to stop calls. */
  readonly imposed: boolean;
}

export interface Caller {
  readonly name: string;
  readonly number: string;
}

interface Shared {
  readonly callId: string;
  readonly offerId: string;
  readonly queue: string;
  readonly caller: Caller;
  readonly priority: number;
  readonly arrivedAtMs: number;
  readonly sinceMs: number;
}

export interface Ring extends Shared {
  readonly kind: "ring";
  readonly untilMs: number | null;
  readonly asked: "accept" | "decline" | null;
}

export interface Talk extends Shared {
  readonly kind: "talk";
  readonly heldSinceMs: number | null;
  readonly asked: "hold" | "resume" | "hang_up" | null;
}

export interface WrapUp extends Shared {
  readonly kind: "wrap_up";
  readonly untilMs: number | null;
  readonly dispositionRequired: boolean;
  readonly asked: boolean;
}

export type Card = Ring | Talk | WrapUp;

const ORDER = { ring: 0, talk: 1, wrap_up: 2 };

export function presenceShown(phone: Softphone, pending: readonly Intent[]): PresenceShown | null {
  const { agent } = phone;
  if (agent === null) return null;
  const asked = pending.findLast((one) => one.type === "set_presence");
  const busy = agent.engagements.length > 0;
  const why = AWAY_REASONS.find(({ code }) => code === agent.reason)?.label ?? OTHER_REASONS[agent.reason];
  const reason = agent.base === "away" ? (why ?? words(agent.reason)) : "";
  const next = agent.base === "away" ? `Away${reason === "" ? "" : `, ${reason.toLowerCase()}`}` : "Offline";
  return {
    presence: agent.presence as Presence,
    reason: busy ? "" : reason,
    sinceMs: agent.since_ms,
    asked: asked?.presence ?? null,
    next: busy && agent.base !== "available" ? next : null,
    imposed: !busy && agent.reason in OTHER_REASONS,
  };
}

/** What needs attention comes first. */
export function cards(phone: Softphone, pending: readonly Intent[], queues: ReadonlyMap<string, Queue>): Card[] {
  const shown = (phone.agent?.engagements ?? []).map((held) => card(held, phone, pending, queues));
  return shown.sort((left, right) => ORDER[left.kind] - ORDER[right.kind]);
}

function card(
  held: EngagementView,
  phone: Softphone,
  pending: readonly Intent[],
  queues: ReadonlyMap<string, Queue>,
): Card {
  const queue = queues.get(held.queue_id);
  const names = phone.callers.get(held.subject_id ?? "");
  const shared: Shared = {
    callId: held.call_id,
    offerId: held.offer_id,
    queue: queue?.name ?? held.queue_id,
    caller: { name: names?.name ?? "", number: names?.number ?? "" },
    priority: held.priority,
    arrivedAtMs: held.arrived_at_ms,
    sinceMs: held.since_ms,
  };
  if (held.state === "live") {
    const asked = pending.findLast((one) => "call_id" in one && one.call_id === held.call_id);
    const kinds = { hold_call: "hold", resume_call: "resume", hang_up_call: "hang_up" } as const;
    return {
      ...shared,
      kind: "talk",
      heldSinceMs: phone.calls.get(held.call_id)?.held_since_ms ?? null,
      asked: asked !== undefined && asked.type in kinds ? kinds[asked.type as keyof typeof kinds] : null,
    };
  }
  if (held.state === "wrap_up") {
    const asked = pending.some((one) => one.type === "complete_wrap_up" && one.call_id === held.call_id);
    const dispositionRequired = queue?.disposition_required ?? false;
    return { ...shared, kind: "wrap_up", untilMs: held.until_ms, dispositionRequired, asked };
  }
  const asked = pending.findLast((one) => "offer_id" in one && one.offer_id === held.offer_id);
  const voted = held.state === "accepting" || asked?.type === "accept_offer";
  return {
    ...shared,
    kind: "ring",
    untilMs: held.state === "ringing" ? held.until_ms : null,
    asked: voted ? "accept" : asked?.type === "decline_offer" ? "decline" : null,
  };
}

/** The page's title, which other tabs and the task bar show. */
export function title(presence: PresenceShown | null, shown: readonly Card[], label: string): string {
  const ring = shown.find((one) => one.kind === "ring");
  if (ring !== undefined) return `☎ ${ring.queue} is calling – Strowger`;
  return presence === null ? "Softphone – Strowger" : `${label} – Strowger`;
}
