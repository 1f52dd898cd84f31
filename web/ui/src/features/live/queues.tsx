import { memo, useMemo, useState } from "react";

import { durationOrDash } from "../../ui/format";
import { SERVICE_LEVEL_FORMULA } from "../../state/figures";
import { Age } from "./age";
import { Level } from "./figures";
import { Marks } from "./marks";
import type { QueueLine } from "./model";
import { Cell, Rows } from "./rows";
import type { Column, Layout } from "./rows";
import { sortQueues } from "./sorting";
import type { QueueColumn, Sort } from "./sorting";
import classes from "./live.module.css";

const COLUMNS: readonly Column<QueueColumn>[] = [
  { id: "name", label: "Queue" },
  { id: "level", label: "SL", hint: `${SERVICE_LEVEL_FORMULA}; last 30 minutes`, end: true },
  { id: "waiting", label: "Waiting", hint: "Each mark is a call: taller near the threshold, pointed and red past it" },
  { id: "oldest", label: "Longest", end: true },
  { id: "ewt", label: "EWT", hint: "Estimated wait of somebody who calls now", end: true, extra: 1 },
  {
    id: "free",
    label: "Free / on / wrap",
    hint: "Agents of the queue: free, on a call, in wrap-up",
    end: true,
    extra: 1,
  },
];
const LAYOUT: Layout = [
  "minmax(110px, 1.2fr) 76px minmax(120px, 4fr) 84px 66px 118px",
  "minmax(100px, 1.2fr) 66px minmax(90px, 3fr) 76px",
  "minmax(92px, 1.2fr) 62px minmax(80px, 2fr) 70px",
];

interface Props {
  readonly lines: readonly QueueLine[];
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

export function Queues({ lines, chosen, onChoose }: Props) {
  const [sort, setSort] = useState<Sort<QueueColumn>>({ column: "name", down: false });
  const shown = useMemo(() => sortQueues(lines, sort), [lines, sort]);
  return (
    <section className={classes["panel"]} data-panel="queues" style={{ "--rows": lines.length }}>
      <Rows
        label="Queues"
        layout={LAYOUT}
        columns={COLUMNS}
        sort={sort}
        onSort={setSort}
        lines={shown}
        orderKey={`${sort.column} ${sort.down}`}
        empty="There are no queues yet; an administrator makes them."
        chosen={chosen}
        onChoose={(id) => onChoose(id === chosen ? null : id)}
        row={(line) => <QueueCells line={line} chosen={line.id === chosen} />}
      />
    </section>
  );
}

const QueueCells = memo(function QueueCells({ line, chosen }: { readonly line: QueueLine; readonly chosen: boolean }) {
  const oldest = line.arrivals[0];
  return (
    <>
      <Cell>
        <button type="button" className={classes["queueName"]} aria-pressed={chosen} title="Show only this queue">
          {line.name}
        </button>
      </Cell>
      <Cell end>
        <Level share={line.levelRecent ?? line.level} target={line.target} />
      </Cell>
      <Cell>
        <span className={classes["count"]} data-figures>
          {line.arrivals.length}
        </span>
        <Marks arrivals={line.arrivals} thresholdMs={line.thresholdMs} />
      </Cell>
      <Cell end>{oldest === undefined ? "–" : <Age sinceMs={oldest} thresholdMs={line.thresholdMs} />}</Cell>
      <Cell end muted extra={1}>
        {durationOrDash(line.ewtMs)}
      </Cell>
      <Cell end extra={1}>
        {line.free} / {line.onCall} / {line.wrapUp}
      </Cell>
    </>
  );
});
