import {
  IconBell,
  IconCircleDashed,
  IconCircleFilled,
  IconClockPause,
  IconPencil,
  IconPhoneFilled,
  IconPlayerPauseFilled,
} from "@tabler/icons-react";

import type { Presence } from "../protocol/generated";

/** One presence, one colour, one shape, one word, wherever it is shown. */
export const PRESENCES: Readonly<Record<Presence, { label: string; icon: typeof IconBell; order: number }>> = {
  offered: { label: "Ringing", icon: IconBell, order: 0 },
  on_call: { label: "On call", icon: IconPhoneFilled, order: 1 },
  wrap_up: { label: "Wrap-up", icon: IconPencil, order: 2 },
  available: { label: "Ready", icon: IconCircleFilled, order: 3 },
  away: { label: "Away", icon: IconClockPause, order: 4 },
  offline: { label: "Offline", icon: IconCircleDashed, order: 5 },
};

export function isPresence(text: string): text is Presence {
  return text in PRESENCES;
}

export function presenceColor(presence: Presence): string {
  return `var(--${presence})`;
}

/** What an agent does, in a word or two. */
export function stateLabel({ presence, held }: { readonly presence: Presence; readonly held: boolean }): string {
  return held ? "On hold" : PRESENCES[presence].label;
}

interface IconProps {
  readonly presence: Presence;
  readonly held?: boolean;
  readonly size?: number;
}

export function PresenceIcon({ presence, held = false, size = 16 }: IconProps) {
  const Icon = held ? IconPlayerPauseFilled : PRESENCES[presence].icon;
  return <Icon size={size} color={presenceColor(presence)} aria-hidden />;
}
