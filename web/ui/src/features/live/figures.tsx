import { Tooltip } from "@mantine/core";
import { IconArrowDownRight } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { SERVICE_LEVEL_FORMULA } from "../../state/figures";
import { durationOrDash, percent } from "../../ui/format";
import { Age } from "./age";
import type { Header } from "./model";
import classes from "./live.module.css";

interface FigureProps {
  readonly label: string;
  readonly formula: string;
  readonly note?: ReactNode;
  readonly children: ReactNode;
  readonly main?: boolean;
}

function Figure({ label, formula, note, children, main }: FigureProps) {
  return (
    <Tooltip label={formula} multiline maw={320} position="bottom">
      <div className={classes["figure"]} tabIndex={0} data-main={main || undefined}>
        <span className={classes["figureLabel"]}>{label}</span>
        <span className={classes["figureValue"]} data-figures>
          {children}
        </span>
        <span className={classes["figureNote"]}>{note}</span>
      </div>
    </Tooltip>
  );
}

/** The few numbers that say how the day goes. Each names its window and its formula on hover. */
export function Figures({ header }: { readonly header: Header | null }) {
  const threshold = header?.thresholdMs == null ? null : `${header.thresholdMs / 1_000} s`;
  const target = header?.target ?? null;
  return (
    <section className={classes["figures"]} aria-label="Today">
      <Figure
        main
        label={`Service level${threshold === null ? "" : ` (${threshold})`}`}
        formula={`${SERVICE_LEVEL_FORMULA}; since midnight. Threshold: ${threshold ?? "each queue's own"}.`}
        note={
          <>
            30 min <Level share={header?.levelRecent ?? null} target={target} />
            {target !== null && <span className={classes["target"]}>, target {percent(target)}</span>}
          </>
        }
      >
        <Level share={header?.level ?? null} target={target} />
      </Figure>
      <Figure label="Waiting" formula="Calls that are not answered yet, those that ring included; now." note="now">
        {header?.waiting ?? "–"}
      </Figure>
      <Figure label="Longest wait" formula="The age of the call that has waited longest; now." note="now">
        {header?.oldestMs == null ? "–" : <Age sinceMs={header.oldestMs} thresholdMs={header.oldestThresholdMs} />}
      </Figure>
      <Figure
        label="ASA"
        formula="Waits of answered calls / answered calls; since midnight."
        note={`${header?.today.answered ?? "–"} answered`}
      >
        {durationOrDash(header?.asaMs ?? null)}
      </Figure>
      <Figure
        label="Abandoned"
        formula="Abandoned / offered; since midnight."
        note={`${header?.today.abandoned ?? "–"} of ${header?.today.offered ?? "–"}`}
      >
        {percent(header?.abandonment ?? null)}
      </Figure>
      <Figure
        label="Free agents"
        formula="Agents who could take a call / agents who are signed in; now."
        note={`of ${header?.present ?? "–"}`}
      >
        {header?.free ?? "–"}
      </Figure>
    </section>
  );
}

/** A service level, marked where it is below its target. */
export function Level({ share, target }: { readonly share: number | null; readonly target: number | null }) {
  const low = share !== null && target !== null && share < target;
  return (
    <span data-risk={low ? "late" : undefined} className={classes["level"]}>
      {low && <IconArrowDownRight size="0.8em" aria-label="below target" />}
      {percent(share)}
    </span>
  );
}
