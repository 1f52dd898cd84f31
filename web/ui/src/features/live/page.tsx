import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";

import { useServices, useStore } from "../../app/context";
import type { Key } from "../../app/keys";
import { Shell } from "../../app/shell";
import type { CurrentUser } from "../../protocol/generated";
import { Agents } from "./agents";
import { Figures } from "./figures";
import { liveView } from "./model";
import { Queues } from "./queues";
import { StaleLine, useStale } from "./stale";
import { Waiting } from "./waiting";
import classes from "./live.module.css";

const TABS = ["Queues", "Agents", "Waiting"] as const;
type Tab = (typeof TABS)[number];

export function LivePage({ user }: { readonly user: CurrentUser }) {
  const { live, clock } = useServices();
  const { picture, version } = useStore(live);
  const [queueId, setQueueId] = useState<string | null>(null);
  const [tab, setTab] = useState<Tab>("Queues");
  const agentFilter = useRef<HTMLInputElement>(null);
  const waitingFilter = useRef<HTMLInputElement>(null);
  const stale = useStale();
  const narrow = useMediaQuery("(width < 900px)", false, { getInitialValueInEffect: false });

  useEffect(() => live.follow(), [live]);
  // The picture is changed in place: `version` says when.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const view = useMemo(() => (picture === null ? null : liveView(picture, clock.now())), [picture, version, clock]);
  const waiting = view?.header.waiting ?? 0;
  useTitle(waiting > 0 ? `${waiting} waiting` : "Live");

  const goTo = (target: Tab, field: { current: HTMLInputElement | null }): void => {
    setTab(target);
    setTimeout(() => field.current?.focus(), 0);
  };
  const keys: Key[] = [
    { key: "/", label: "Find an agent", run: () => goTo("Agents", agentFilter), enabled: true },
    { key: "w", label: "Find a waiting call", run: () => goTo("Waiting", waitingFilter), enabled: true },
    { key: "Escape", label: "Show all queues again", run: () => setQueueId(null), enabled: queueId !== null },
  ];
  const shows = (panel: Tab): boolean => !narrow || tab === panel;
  const queue = view?.queues.find((line) => line.id === queueId) ?? null;

  return (
    <Shell user={user} keys={keys} middle="Live queues">
      <div className={classes["page"]} data-stale={stale || undefined}>
        <StaleLine stale={stale} />
        <Figures header={view?.header ?? null} />
        {narrow && (
          <SegmentedControl
            className={classes["tabs"]}
            fullWidth
            data={[...TABS]}
            value={tab}
            onChange={(value) => setTab(value)}
          />
        )}
        {view !== null && (
          <div className={classes["panels"]} data-narrow={narrow || undefined}>
            {shows("Queues") && <Queues lines={view.queues} chosen={queueId} onChoose={setQueueId} />}
            {shows("Agents") && <Agents lines={view.agents} queue={queue} filterRef={agentFilter} />}
            {shows("Waiting") && <Waiting lines={view.waiting} queue={queue} filterRef={waitingFilter} />}
          </div>
        )}
      </div>
    </Shell>
  );
}

/** The title, at every full second: browsers take longer to change it than to draw the page. */
function useTitle(text: string): void {
  const { clock } = useServices();
  const current = useRef(text);
  useEffect(() => {
    current.current = text;
  });
  useEffect(() => {
    const show = (): void => {
      const title = `${current.current} – Strowger`;
      if (document.title !== title) document.title = title;
    };
    show();
    return clock.onTick(show);
  }, [clock]);
}
