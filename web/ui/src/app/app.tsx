import { lazy, Suspense, useEffect } from "react";

import { SignIn } from "../features/signin/sign-in";
import type { CurrentUser } from "../protocol/generated";
import { useServices, useStore } from "./context";
import { NoticeLine } from "./notice-line";
import { Shell } from "./shell";
import classes from "./shell.module.css";

const SoftphonePage = lazy(async () => ({ default: (await import("../features/softphone/page")).SoftphonePage }));
const LivePage = lazy(async () => ({ default: (await import("../features/live/page")).LivePage }));

/** Each role has one page that it works on. */
export function App() {
  const session = useStore(useServices().session);
  switch (session.kind) {
    case "unknown":
      return <p className={classes["quiet"]}>{session.problem ?? ""}</p>;
    case "out":
      return <SignIn expired={session.expired} />;
    case "in":
      return (
        <>
          <Suspense fallback={null}>
            <Page user={session.user} />
          </Suspense>
          <NoticeLine />
        </>
      );
  }
}

function Page({ user }: { user: CurrentUser }) {
  const path = user.role === "agent" ? "/softphone" : "/live";
  useEffect(() => {
    if (location.pathname !== path) history.replaceState(null, "", path);
  }, [path]);
  if (user.role !== "agent") return <LivePage user={user} />;
  if (user.agent_id !== null) return <SoftphonePage user={user} agentId={user.agent_id} />;
  return (
    <Shell user={user} keys={[]}>
      <p className={classes["quiet"]}>You have no telephone yet; ask an administrator to give you one.</p>
    </Shell>
  );
}
