import { CloseButton } from "@mantine/core";
import { useEffect } from "react";

import { useServices, useStore } from "./context";
import classes from "./shell.module.css";

const SHOWN_MS = 9_000;

/** What did not work, and what to do: one line, always at the same place, over nothing that is clicked. */
export function NoticeLine() {
  const { notices } = useServices();
  const notice = useStore(notices);
  useEffect(() => {
    if (notice === null) return undefined;
    const timer = setTimeout(() => notices.dismiss(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice, notices]);
  return (
    <div className={classes["notices"]} role="status" aria-live="assertive">
      {notice !== null && (
        <div className={classes["notice"]} key={notice.id}>
          <span>
            <strong>{notice.title}</strong> {notice.text}
          </span>
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => notices.dismiss()} />
        </div>
      )}
    </div>
  );
}
