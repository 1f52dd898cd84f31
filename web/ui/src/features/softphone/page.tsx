import { useEffect, useMemo, useRef, useState } from "react";

import { useServices, useStore } from "../../app/context";
import type { Key } from "../../app/keys";
import { Shell } from "../../app/shell";
import type { CurrentUser, Presence, Queue } from "../../protocol/generated";
import { PRESENCES } from "../../ui/presence";
import { Cards } from "./cards";
import { makeActions } from "./actions";
import { cards, presenceShown, title } from "./model";
import { Quiet } from "./quiet";
import { StateBar } from "./state-bar";
import { usePageSign } from "./use-page-sign";
import { useRinger } from "./use-ringer";
import classes from "./softphone.module.css";

/** A ring that has just appeared is not answered by an Enter that was meant for something else. */
const GUARD_MS = 400;

interface Props {
  readonly user: CurrentUser;
  readonly agentId: string;
}

export function SoftphonePage({ user, agentId }: Props) {
  const services = useServices();
  const phone = useStore(services.softphone);
  const pending = useStore(services.commands.pending);
  const { phase } = useStore(services.connection.state);
  const queues = useQueues();
  const note = useRef<HTMLTextAreaElement>(null);
  useEffect(() => services.softphone.attach(agentId), [services, agentId]);

  const presence = presenceShown(phone, pending);
  const shown = cards(phone, pending, queues);
  const actions = useMemo(() => makeActions(services), [services]);
  const ring = shown.find((one) => one.kind === "ring");
  const talk = shown.find((one) => one.kind === "talk");
  const ringing = ring?.asked === null ? ring : undefined;
  const guarded = useGuard(ring?.offerId);
  const silent = useRinger(
    ringing === undefined ? null : `${ringing.queue} is calling`,
    "Accept or decline in Strowger.",
  );
  usePageSign(
    title(presence, shown, presence === null ? "" : PRESENCES[presence.presence].label),
    presence?.presence ?? null,
  );

  const choose = (wanted: "available" | "away" | "offline"): void => actions.setPresence(wanted, "");
  const keys: Key[] = [
    {
      key: "Enter",
      label: "Accept the call",
      enabled: ringing !== undefined && !guarded,
      run: () => ringing && actions.accept(ringing),
    },
    {
      key: "Escape",
      label: "Decline the call",
      enabled: ringing !== undefined && !guarded,
      run: () => ringing && actions.decline(ringing),
    },
    {
      key: "h",
      label: "Hold, and take off hold",
      enabled: talk?.asked === null,
      run: () => talk && actions.toggleHold(talk),
    },
    {
      key: "x",
      label: "Hang up",
      enabled: talk !== undefined && talk.asked !== "hang_up",
      run: () => talk && actions.hangUp(talk),
    },
    {
      key: "n",
      label: "Write a note",
      enabled: shown.some(({ kind }) => kind !== "ring"),
      run: () => note.current?.focus(),
    },
    { key: "r", label: "Ready for calls", enabled: presence !== null, run: () => choose("available") },
    { key: "a", label: "Away", enabled: presence !== null, run: () => choose("away") },
    { key: "o", label: "Offline", enabled: presence !== null, run: () => choose("offline") },
  ];

  return (
    <Shell user={user} keys={keys}>
      <div className={classes["page"]}>
        <StateBar
          presence={presence}
          onChoose={actions.setPresence}
          silent={silent}
          connected={phase === "connected"}
        />
        <div className={classes["body"]} data-guarded={(ringing !== undefined && guarded) || undefined}>
          {shown.length > 0 ? (
            <Cards cards={shown} actions={actions} noteRef={note} />
          ) : (
            <Quiet presence={presence} fault={phone.fault} onReady={() => choose("available")} />
          )}
        </div>
        <p className="visually-hidden" role="status" aria-live="assertive">
          {ringing === undefined ? "" : `A call from ${ringing.queue} rings. Enter accepts, Escape declines.`}
        </p>
      </div>
    </Shell>
  );
}

/** True for a moment after `id` has changed. */
function useGuard(id: string | undefined): boolean {
  const [safe, setSafe] = useState<string | undefined>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setSafe(id), GUARD_MS);
    return () => clearTimeout(timer);
  }, [id]);
  return safe !== id;
}

/** The clinic's queues by id, read anew with every connection: names and rules may have changed. */
function useQueues(): ReadonlyMap<string, Queue> {
  const { connection, rest } = useServices();
  const [queues, setQueues] = useState<ReadonlyMap<string, Queue>>(new Map());
  useEffect(() => {
    let current = true;
    const read = (): void => {
      rest.queues().then(
        (found) => {
          if (current) setQueues(new Map(found.map((queue) => [queue.queue_id, queue])));
        },
        () => undefined, // Ids stand in for names until the next connection.
      );
    };
    const stop = connection.onBegin(read);
    read();
    return () => {
      current = false;
      stop();
    };
  }, [connection, rest]);
  return queues;
}

export type ChosenPresence = Extract<Presence, "available" | "away" | "offline">;
