import { useEffect, useRef } from "react";

import { useServices } from "../app/context";
import { duration } from "./format";

interface Props {
  /** Counts up from here, in Unix milliseconds ... */
  readonly sinceMs?: number | undefined;
  /** ... or down to here. */
  readonly untilMs?: number | undefined;
  readonly className?: string | undefined;
}

/** A running time. The clock writes into its text node; React is not asked. */
export function Timer({ sinceMs, untilMs, className }: Props) {
  const { clock } = useServices();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let shown = "";
    const show = (nowMs: number): void => {
      const text = untilMs === undefined ? duration(nowMs - (sinceMs ?? nowMs)) : duration(untilMs - nowMs + 999);
      if (text !== shown && element.current !== null) {
        shown = text;
        element.current.textContent = text;
      }
    };
    show(clock.now());
    return clock.onTick(show);
  }, [clock, sinceMs, untilMs]);
  return <span ref={element} className={className} role="timer" aria-live="off" />;
}
