import { Button, Kbd, TextInput } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";
import type { KeyboardEvent } from "react";

import { Drain } from "../../ui/drain";
import { Timer } from "../../ui/timer";
import type { Actions } from "./actions";
import { Who } from "./cards";
import { matching } from "./dispositions";
import type { WrapUp } from "./model";
import classes from "./softphone.module.css";

/** What became of the call: type a few letters, Enter. */
export function WrapUpCard({ wrapUp, actions }: { readonly wrapUp: WrapUp; readonly actions: Actions }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const found = matching(typed);
  const chosen = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, typed]);

  useEffect(() => {
    // Whoever is writing a note when the caller hangs up goes on writing it.
    if (!(document.activeElement instanceof HTMLTextAreaElement)) field.current?.focus();
  }, []);

  const pressed = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, at + step)));
    } else if (event.key === "Enter" && !event.repeat && chosen !== undefined && !wrapUp.asked) {
      event.preventDefault();
      actions.complete(wrapUp, chosen.code);
    }
  };

  return (
    <section className={classes["card"]} data-kind="wrap_up" aria-label="Wrap-up">
      {wrapUp.untilMs !== null && <Drain fromMs={wrapUp.sinceMs} untilMs={wrapUp.untilMs} />}
      <div className={classes["cardHead"]}>
        <Who card={wrapUp} />
        <div className={classes["bigTimer"]}>
          {wrapUp.untilMs === null ? <Timer sinceMs={wrapUp.sinceMs} /> : <Timer untilMs={wrapUp.untilMs} />}
          <small>{wrapUp.untilMs === null ? "in wrap-up" : "left"}</small>
        </div>
      </div>
      <TextInput
        ref={field}
        size="md"
        label="What became of the call?"
        placeholder="Type to find: booked, info, wrong number …"
        value={typed}
        autoComplete="off"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.code}`}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <ul className={classes["dispositions"]} id={`${id}-list`} role="listbox" aria-label="Dispositions" ref={list}>
        {found.map((one) => (
          <li
            key={one.code}
            id={`${id}-${one.code}`}
            role="option"
            aria-selected={one === chosen}
            onClick={() => actions.complete(wrapUp, one.code)}
          >
            <strong>{one.label}</strong>
            <span>{one.hint}</span>
            {one === chosen && <Kbd>Enter</Kbd>}
          </li>
        ))}
        {found.length === 0 && <li className={classes["none"]}>Nothing fits; type something else.</li>}
      </ul>
      <div className={classes["actions"]}>
        <Button
          size="md"
          loading={wrapUp.asked}
          disabled={chosen === undefined}
          onClick={() => chosen && actions.complete(wrapUp, chosen.code)}
        >
          Finish{chosen === undefined ? "" : `: ${chosen.label}`}
        </Button>
        {!wrapUp.dispositionRequired && (
          <Button size="md" variant="default" disabled={wrapUp.asked} onClick={() => actions.complete(wrapUp, null)}>
            Finish without one
          </Button>
        )}
      </div>
    </section>
  );
}
