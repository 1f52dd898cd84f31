import { useEffect, useRef } from "react";

import { useServices } from "../app/context";
import classes from "./ui.module.css";

/** A bar that empties from `fromMs` to `untilMs`. The browser moves it by itself. */
export function Drain({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }) {
  const { clock } = useServices();
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const wholeMs = Math.max(1, untilMs - fromMs);
    const animation = bar.current?.animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], {
      duration: wholeMs,
      fill: "both",
      easing: "linear",
    });
    if (animation !== undefined) animation.currentTime = Math.min(wholeMs, Math.max(0, clock.now() - fromMs));
    return () => animation?.cancel();
  }, [clock, fromMs, untilMs]);
  return (
    <div className={classes["drain"]} aria-hidden>
      <div ref={bar} />
    </div>
  );
}
