import { useEffect, useRef } from "react";

import { useServices } from "../../app/context";
import { duration } from "../../ui/format";
import { riskOf } from "./model";
import classes from "./live.module.css";

const SIGNS = { calm: "", near: "◆ ", late: "▲ " } as const;

interface Props {
  readonly sinceMs: number;
  readonly thresholdMs: number;
}

/** A wait with its risk, in colour and in shape. The clock writes it; React is not asked. */
export function Age({ sinceMs, thresholdMs }: Props) {
  const { clock } = useServices();
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (nowMs: number): void => {
      if (element.current === null) return;
      const risk = riskOf(nowMs - sinceMs, thresholdMs);
      element.current.textContent = SIGNS[risk] + duration(nowMs - sinceMs);
      element.current.dataset["risk"] = risk;
    };
    show(clock.now());
    return clock.onTick(show);
  }, [clock, sinceMs, thresholdMs]);
  return <span ref={element} className={classes["age"]} data-figures />;
}
