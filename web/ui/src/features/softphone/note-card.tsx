import { Button, Kbd, Textarea } from "@mantine/core";
import { useId } from "react";
import type { RefObject } from "react";

import { useServices, useStore } from "../../app/context";
import { NOTE_CHARACTERS_MAX } from "../../protocol/generated";
import type { NoteState } from "../../state/note";
import classes from "./softphone.module.css";

const COUNTED_FROM = 0.8 * NOTE_CHARACTERS_MAX;

interface Props {
  readonly callId: string;
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>;
}

/** What is worth remembering of a call. It stands beside the call and the wrap-up alike, so that writing goes on. */
export function NoteCard({ callId, fieldRef }: Props) {
  const { callNotes } = useServices();
  const note = callNotes.of(callId);
  const state = useStore(note);
  const id = useId();
  return (
    <section className={classes["card"]} data-kind="note" aria-label="Note">
      <div className={classes["noteHead"]}>
        <label htmlFor={id}>
          Note <Kbd size="xs">N</Kbd>
        </label>
        <span className={classes["noteState"]} data-phase={state.phase}>
          {says(state)}
        </span>
      </div>
      <Textarea
        id={id}
        ref={fieldRef}
        classNames={{ root: classes["noteField"] ?? "", input: classes["noteInput"] ?? "" }}
        value={state.text}
        maxLength={NOTE_CHARACTERS_MAX}
        readOnly={state.phase === "refused"}
        aria-describedby={`${id}-problem`}
        placeholder={state.phase === "refused" ? "" : "Only people of this clinic read it."}
        onChange={(event) => note.write(event.currentTarget.value)}
        onBlur={() => void note.flush()}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <div className={classes["noteProblem"]} id={`${id}-problem`} role="alert">
        {state.problem}
        {state.phase === "changed" && (
          <span className={classes["actions"]}>
            <Button size="xs" variant="default" onClick={() => note.keepMine()}>
              Keep mine
            </Button>
            <Button size="xs" variant="default" onClick={() => note.takeTheirs()}>
              Take theirs
            </Button>
          </span>
        )}
      </div>
    </section>
  );
}

function says({ phase, text }: NoteState): string {
  const left = NOTE_CHARACTERS_MAX - text.length;
  const count = text.length > COUNTED_FROM ? `, ${left} characters left` : "";
  switch (phase) {
    case "loading":
      return "Loading …";
    case "saved":
      return text === "" ? "" : `Saved${count}`;
    case "unsaved":
    case "saving":
      return `Saving …${count}`;
    case "failed":
      return "Not saved yet; trying again";
    case "changed":
    case "refused":
      return "Not saved";
  }
}
