import { Button, Kbd } from "@mantine/core";
import { IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconPhone } from "@tabler/icons-react";

import { useEffect, useState } from "react";
import type { RefObject } from "react";

import { useServices } from "../../app/context";
import { Drain } from "../../ui/drain";
import { Timer } from "../../ui/timer";
import type { Actions } from "./actions";
import type { Card, Ring, Talk } from "./model";
import { NoteCard } from "./note-card";
import { WrapUpCard } from "./wrap-up";
import classes from "./softphone.module.css";

const PATIENCE_MS = 1_500;

interface Props {
  readonly cards: readonly Card[];
  readonly actions: Actions;
  /** Where the note of the first conversation is written. */
  readonly noteRef: RefObject<HTMLTextAreaElement | null>;
}

/** A ring stands alone; a conversation has its note beside it, which stays when the call becomes a wrap-up. */
export function Cards({ cards, actions, noteRef }: Props) {
  const first = cards.find((one) => one.kind !== "ring");
  return cards.map((one) =>
    one.kind === "ring" ? (
      <RingCard key={one.offerId} ring={one} actions={actions} />
    ) : (
      <div key={one.offerId} className={classes["conversation"]}>
        {one.kind === "talk" ? (
          <TalkCard talk={one} actions={actions} />
        ) : (
          <WrapUpCard wrapUp={one} actions={actions} />
        )}
        <NoteCard callId={one.callId} fieldRef={one === first ? noteRef : { current: null }} />
      </div>
    ),
  );
}

/** Who calls. The name comes a moment after the ring; its place is kept. */
export function Who({ card }: { readonly card: Card }) {
  const { name, number } = card.caller;
  return (
    <div className={classes["who"]}>
      <h1>{name || number || "Unknown caller"}</h1>
      <p>{name ? number : " "}</p>
    </div>
  );
}

function RingCard({ ring, actions }: { readonly ring: Ring; readonly actions: Actions }) {
  const accepting = ring.asked === "accept";
  const over = usePast(ring.untilMs);
  return (
    <section className={classes["card"]} data-kind="ring" data-over={over || undefined} aria-label="Incoming call">
      {ring.untilMs !== null && <Drain fromMs={ring.sinceMs} untilMs={ring.untilMs} />}
      <div className={classes["cardHead"]}>
        <Who card={ring} />
        <div className={classes["bigTimer"]}>
          {ring.untilMs === null ? null : <Timer untilMs={ring.untilMs} />}
          <small>{over ? "no longer rings" : accepting ? "connecting" : "to answer"}</small>
        </div>
      </div>
      <p className={classes["facts"]}>
        <strong>{ring.queue}</strong>
        <span>
          waited <Timer sinceMs={ring.arrivedAtMs} />
        </span>
        {ring.priority > 0 && <span className={classes["chip"]}>Priority {ring.priority}</span>}
      </p>
      <div className={classes["actions"]}>
        <Button
          size="xl"
          color="go.7"
          leftSection={<IconPhone size={20} />}
          rightSection={<Kbd>Enter</Kbd>}
          loading={accepting}
          disabled={over || ring.asked === "decline"}
          onClick={() => actions.accept(ring)}
        >
          Accept
        </Button>
        <Button
          size="xl"
          variant="default"
          rightSection={<Kbd>Esc</Kbd>}
          loading={ring.asked === "decline"}
          disabled={over || accepting}
          onClick={() => actions.decline(ring)}
        >
          Decline
        </Button>
      </div>
    </section>
  );
}

/** Whether a deadline has passed without a word from the server: it will say so as soon as it can be heard. */
function usePast(untilMs: number | null): boolean {
  const { clock } = useServices();
  const [past, setPast] = useState<number | null>(null);
  useEffect(() => {
    if (untilMs === null) return undefined;
    const timer = setTimeout(() => setPast(untilMs), untilMs - clock.now() + PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [clock, untilMs]);
  return untilMs !== null && past === untilMs;
}

function TalkCard({ talk, actions }: { readonly talk: Talk; readonly actions: Actions }) {
  const held = talk.heldSinceMs !== null;
  return (
    <section className={classes["card"]} data-kind="talk" data-held={held || undefined} aria-label="Call">
      <div className={classes["cardHead"]}>
        <Who card={talk} />
        <div className={classes["bigTimer"]}>
          <Timer sinceMs={talk.heldSinceMs ?? talk.sinceMs} />
          <small>{held ? "on hold" : "on the call"}</small>
        </div>
      </div>
      <p className={classes["facts"]}>
        <strong>{talk.queue}</strong>
        {held && (
          <span>
            on the call for <Timer sinceMs={talk.sinceMs} />
          </span>
        )}
        {talk.priority > 0 && <span className={classes["chip"]}>Priority {talk.priority}</span>}
      </p>
      <div className={classes["actions"]}>
        <Button
          size="lg"
          variant={held ? "filled" : "default"}
          leftSection={held ? <IconPlayerPlay size={20} /> : <IconPlayerPause size={20} />}
          rightSection={<Kbd>H</Kbd>}
          loading={talk.asked === "hold" || talk.asked === "resume"}
          disabled={talk.asked === "hang_up"}
          onClick={() => actions.toggleHold(talk)}
        >
          {held ? "Resume" : "Hold"}
        </Button>
        <Button
          size="lg"
          variant="light"
          color="red"
          leftSection={<IconPhoneOff size={20} />}
          rightSection={<Kbd>X</Kbd>}
          loading={talk.asked === "hang_up"}
          onClick={() => actions.hangUp(talk)}
        >
          Hang up
        </Button>
      </div>
    </section>
  );
}
