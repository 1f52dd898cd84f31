import { Button, Kbd, Menu } from "@mantine/core";
import { IconBellRinging, IconChevronDown, IconVolumeOff } from "@tabler/icons-react";
import { useState } from "react";

import type { Presence } from "../../protocol/generated";
import { PRESENCES, presenceColor, PresenceIcon } from "../../ui/presence";
import { Timer } from "../../ui/timer";
import type { Actions } from "./actions";
import { AWAY_REASONS } from "./model";
import type { PresenceShown } from "./model";
import classes from "./softphone.module.css";

const HINTS: Readonly<Record<Presence, string>> = {
  available: "Calls ring here",
  offered: "Accept or decline",
  on_call: "Next: ready",
  wrap_up: "Next: ready",
  away: "No calls ring here",
  offline: "No calls ring here",
};

interface Props {
  readonly presence: PresenceShown | null;
  readonly onChoose: Actions["setPresence"];
  readonly silent: boolean;
  readonly connected: boolean;
}

function hint({ presence, asked, next, reason }: PresenceShown): string {
  if (asked !== null && asked !== presence) return `Changing to ${PRESENCES[asked].label.toLowerCase()} …`;
  if (next !== null) return `After this: ${next}`;
  return reason || HINTS[presence];
}

/** One state, one colour, one timer, always here. */
export function StateBar({ presence, onChoose, silent, connected }: Props) {
  if (presence === null) return <div className={classes["bar"]} data-empty />;
  const { label } = PRESENCES[presence.presence];
  const asked = presence.asked;
  const base = presence.asked ?? (presence.next === null ? presence.presence : null);
  return (
    <div
      className={classes["bar"]}
      style={{ "--state": presenceColor(presence.presence) }}
      data-presence={presence.presence}
    >
      <div className={classes["state"]}>
        <span className={classes["stateIcon"]}>
          <PresenceIcon presence={presence.presence} size={22} />
        </span>
        <div>
          <div className={classes["stateLine"]}>
            <strong>{label}</strong>
            <Timer sinceMs={presence.sinceMs} className={classes["stateTimer"]} />
          </div>
          <div className={classes["stateHint"]}>
            {connected ? hint(presence) : "No connection. A call goes on; what you press waits."}
          </div>
        </div>
      </div>
      <div className={classes["choices"]}>
        <SoundSign silent={silent} />
        <Button
          variant={base === "available" ? "light" : "default"}
          color="go"
          loading={asked === "available"}
          onClick={() => onChoose("available", "")}
          rightSection={<Kbd size="xs">R</Kbd>}
        >
          Ready
        </Button>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button
              variant={base === "away" ? "light" : "default"}
              color="yellow"
              loading={asked === "away"}
              rightSection={<IconChevronDown size={14} />}
            >
              Away
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {AWAY_REASONS.map(({ code, label: reason }) => (
              <Menu.Item key={code} onClick={() => onChoose("away", code)}>
                {reason}
              </Menu.Item>
            ))}
            <Menu.Item onClick={() => onChoose("away", "")} rightSection={<Kbd size="xs">A</Kbd>}>
              Other
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Button
          variant={base === "offline" ? "light" : "default"}
          color="gray"
          loading={asked === "offline"}
          onClick={() => onChoose("offline", "")}
        >
          Offline
        </Button>
      </div>
    </div>
  );
}

function SoundSign({ silent }: { readonly silent: boolean }) {
  const [permission, setPermission] = useState(() =>
    "Notification" in globalThis ? Notification.permission : "denied",
  );
  if (silent) {
    return (
      <span className={classes["sound"]}>
        <IconVolumeOff size={16} aria-hidden /> Silent until you click here
      </span>
    );
  }
  if (permission !== "default") return null;
  return (
    <Button
      className={classes["notify"]}
      variant="subtle"
      color="gray"
      leftSection={<IconBellRinging size={16} />}
      onClick={() => void Notification.requestPermission().then(setPermission)}
    >
      Notify me of calls
    </Button>
  );
}
