import { useEffect, useRef } from "react";

import { useServices } from "../../app/context";
import { riskOf } from "./model";
import type { Risk } from "./model";
import classes from "./live.module.css";

const MARK_PX = 4;
const STEP_PX = 6;
const HEIGHT_PX = 22;
const MARKS_MAX = 200;

/** One mark: short while there is time, taller when it gets near, pointed once the threshold has passed. */
const SHAPES: Readonly<Record<Risk, (x: number) => string>> = {
  calm: (x) => `M${x} ${HEIGHT_PX}v-8h${MARK_PX}v8z`,
  near: (x) => `M${x} ${HEIGHT_PX}v-14h${MARK_PX}v14z`,
  late: (x) => `M${x} ${HEIGHT_PX}v-17l${MARK_PX / 2} -5l${MARK_PX / 2} 5v17z`,
};

interface Props {
  /** The oldest first. */
  readonly arrivals: readonly number[];
  readonly thresholdMs: number;
}

/** Each waiting call as a mark. Three paths are redrawn every second, whatever the number of calls. */
export function Marks({ arrivals, thresholdMs }: Props) {
  const { clock } = useServices();
  const drawing = useRef<SVGSVGElement>(null);
  useEffect(() => {
    const show = (nowMs: number): void => {
      const paths: Record<Risk, string> = { calm: "", near: "", late: "" };
      const counts: Record<Risk, number> = { calm: 0, near: 0, late: 0 };
      arrivals.forEach((arrival, index) => {
        const risk = riskOf(nowMs - arrival, thresholdMs);
        counts[risk] += 1;
        if (index < MARKS_MAX) paths[risk] += SHAPES[risk](index * STEP_PX);
      });
      const svg = drawing.current;
      if (svg === null) return;
      for (const path of svg.children) path.setAttribute("d", paths[(path as SVGElement).dataset["risk"] as Risk]);
      const label = `${arrivals.length} waiting: ${counts.late} over the threshold, ${counts.near} near it`;
      svg.setAttribute("aria-label", label);
    };
    show(clock.now());
    return clock.onTick(show);
  }, [clock, arrivals, thresholdMs]);
  return (
    <svg ref={drawing} className={classes["marks"]} height={HEIGHT_PX} role="img">
      <path data-risk="calm" />
      <path data-risk="near" />
      <path data-risk="late" />
    </svg>
  );
}
