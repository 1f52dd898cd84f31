import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected, IconRefresh } from "@tabler/icons-react";

import type { Phase } from "../connection/machine";
import { useServices, useStore } from "./context";
import classes from "./shell.module.css";

interface Sign {
  readonly label: string;
  readonly hint: string;
  readonly tone: "fine" | "waiting" | "trouble";
}

const SIGNS: Readonly<Record<Phase, Sign>> = {
  idle: { label: "Not connected", hint: "Nothing is asked of the server.", tone: "waiting" },
  connecting: { label: "Connecting", hint: "The server is being called.", tone: "waiting" },
  connected: { label: "Connected", hint: "Everything here is as of now.", tone: "fine" },
  stale: {
    label: "No answer",
    hint: "The server has been silent for some seconds; what is shown may be old.",
    tone: "trouble",
  },
  reconnecting: {
    label: "Reconnecting",
    hint: "The connection is lost. Calls go on; what you do now waits until it is back, for ten seconds at most.",
    tone: "trouble",
  },
  signed_out: { label: "Signed out", hint: "The session has ended.", tone: "trouble" },
};

const ICONS = { fine: IconPlugConnected, waiting: IconRefresh, trouble: IconAlertTriangle };

export function ConnectionSign() {
  const { phase } = useStore(useServices().connection.state);
  const sign = SIGNS[phase];
  const Icon = ICONS[sign.tone];
  return (
    <Tooltip label={sign.hint} multiline maw={280}>
      <span className={classes["connection"]} data-tone={sign.tone} data-phase={phase} role="status" tabIndex={0}>
        <Icon size={16} aria-hidden />
        <span className={classes["connectionLabel"]}>{sign.label}</span>
      </span>
    </Tooltip>
  );
}
