import { useEffect, useState } from "react";

import { useServices, useStore } from "../../app/context";
import { STALE_AFTER_MS } from "../../state/live";
import { Timer } from "../../ui/timer";
import classes from "./live.module.css";

/** Whether what is shown may no longer be so. */
export function useStale(): boolean {
  const { clock, connection, live } = useServices();
  const { phase } = useStore(connection.state);
  const [silent, setSilent] = useState(false);
  useEffect(
    () =>
      clock.onTick(() => {
        const { heardAtMs } = live.get();
        setSilent(heardAtMs > 0 && Date.now() - heardAtMs > STALE_AFTER_MS);
      }),
    [clock, live],
  );
  return silent || phase !== "connected";
}

/** Says how old the picture is. It lies over the page's head, so that nothing moves when it comes. */
export function StaleLine({ stale }: { readonly stale: boolean }) {
  const picture = useStore(useServices().live).picture;
  if (!stale) return null;
  return (
    <p className={classes["stale"]} role="alert">
      {picture === null ? (
        "No picture yet"
      ) : (
        <>
          Old picture: <Timer sinceMs={picture.atMs} /> without news
        </>
      )}
    </p>
  );
}
