import { Button } from "@mantine/core";

import { PresenceIcon } from "../../ui/presence";
import type { PresenceShown } from "./model";
import classes from "./softphone.module.css";

interface Props {
  readonly presence: PresenceShown | null;
  readonly fault: string | null;
  readonly onReady: () => void;
}

/** Nothing rings: what that means, and the next step. */
export function Quiet({ presence, fault, onReady }: Props) {
  if (fault !== null) return <p className={classes["quietText"]}>{fault}</p>;
  if (presence === null) return null;
  const { presence: state, imposed, reason } = presence;
  if (state === "available") {
    return (
      <div className={classes["quiet"]}>
        <PresenceIcon presence={state} size={28} />
        <h1>Ready for the next call</h1>
        <p>It rings here, with sound. Enter accepts, Esc declines.</p>
      </div>
    );
  }
  return (
    <div className={classes["quiet"]}>
      <PresenceIcon presence={state} size={28} />
      <h1>{imposed ? `No calls, because ${reason}` : state === "away" ? "You are away" : "You are offline"}</h1>
      <p>Callers are not offered to you until you are ready.</p>
      <Button size="md" color="go.7" onClick={onReady} loading={presence.asked === "available"}>
        {imposed ? "Ready again" : "Ready for calls"}
      </Button>
    </div>
  );
}
