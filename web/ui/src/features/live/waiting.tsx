import { TextInput } from "@mantine/core";
import { IconBell, IconSearch } from "@tabler/icons-react";
import { memo, useMemo, useState } from "react";
import type { RefObject } from "react";

import { useServices, useStore } from "../../app/context";
import type { CallerView } from "../../protocol/generated";
import { masked } from "../../ui/format";
import { Age } from "./age";
import type { QueueLine, WaitingLine } from "./model";
import { Cell, Rows } from "./rows";
import type { Column, Layout } from "./rows";
import { sortWaiting } from "./sorting";
import type { Sort, WaitingColumn } from "./sorting";
import classes from "./live.module.css";

const COLUMNS: readonly Column<WaitingColumn | "caller">[] = [
  { id: "age", label: "Age", end: true },
  { id: "place", label: "Place", hint: "1 is next in its queue", end: true },
  { id: "caller", label: "Caller", sortable: false },
  { id: "queue", label: "Queue", extra: 2 },
  { id: "needs", label: "Needs", hint: "Skills and least proficiency", extra: 1 },
  { id: "priority", label: "Prio", hint: "0 to 100; higher first", end: true },
];
const LAYOUT: Layout = [
  "74px 48px minmax(104px, 1.4fr) minmax(76px, 1fr) minmax(76px, 1fr) 44px",
  "70px 44px minmax(100px, 1.4fr) minmax(76px, 1fr) 40px",
  "70px 44px minmax(100px, 1fr) 40px",
];

interface Props {
  readonly lines: readonly WaitingLine[];
  readonly queue: QueueLine | null;
  readonly filterRef: RefObject<HTMLInputElement | null>;
}

export function Waiting({ lines, queue, filterRef }: Props) {
  const { names } = useServices();
  const people = useStore(names);
  const [sort, setSort] = useState<Sort<WaitingColumn | "caller">>({ column: "age", down: true });
  const [typed, setTyped] = useState("");
  const shown = useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    const fits = (line: WaitingLine): boolean =>
      (queue === null || line.queueId === queue.id) &&
      (wanted === "" || `${line.id} ${line.queue} ${line.needs}`.toLowerCase().includes(wanted));
    const column = sort.column === "caller" ? "age" : sort.column;
    return sortWaiting(lines.filter(fits), { column, down: sort.down });
  }, [lines, queue, typed, sort]);

  return (
    <section className={classes["panel"]} data-panel="waiting">
      <header className={classes["panelHead"]}>
        <h2>
          Waiting{queue === null ? "" : `, ${queue.name}`} <small>{shown.length}</small>
        </h2>
        <TextInput
          ref={filterRef}
          size="xs"
          aria-label="Find a waiting call"
          placeholder="Find  W"
          leftSection={<IconSearch size={14} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              setTyped("");
              event.currentTarget.blur();
            }
          }}
        />
      </header>
      <Rows
        label="Waiting calls"
        layout={LAYOUT}
        columns={COLUMNS}
        sort={sort}
        onSort={setSort}
        lines={shown}
        orderKey={`${sort.column} ${sort.down} ${queue?.id} ${typed}`}
        empty={lines.length === 0 ? "Nobody waits." : "No waiting call fits."}
        onShown={(visible) => names.want(visible.flatMap(({ subjectId }) => subjectId ?? []))}
        row={(line) => <WaitingCells line={line} caller={people.get(line.subjectId ?? "") ?? null} />}
      />
    </section>
  );
}

interface CellsProps {
  readonly line: WaitingLine;
  readonly caller: CallerView | null;
}

const WaitingCells = memo(
  function WaitingCells({ line, caller }: CellsProps) {
    return (
      <>
        <Cell end>
          <Age sinceMs={line.arrivedAtMs} thresholdMs={line.thresholdMs} />
        </Cell>
        <Cell end muted>
          {line.ringing ? <IconBell size={15} color="var(--offered)" aria-label="rings" /> : line.place}
        </Cell>
        <Cell>
          <span className={classes["clip"]}>{caller === null ? "" : caller.name || masked(caller.number)}</span>
        </Cell>
        <Cell extra={2}>
          <span className={classes["clip"]}>{line.queue}</span>
        </Cell>
        <Cell muted extra={1} title={line.needs}>
          <span className={classes["clip"]}>{line.needs}</span>
        </Cell>
        <Cell end muted={line.priority === 0}>
          {line.priority}
        </Cell>
      </>
    );
  },
  (before, after) =>
    before.caller === after.caller &&
    before.line.id === after.line.id &&
    before.line.place === after.line.place &&
    before.line.ringing === after.line.ringing &&
    before.line.priority === after.line.priority &&
    before.line.queue === after.line.queue &&
    before.line.thresholdMs === after.line.thresholdMs &&
    before.line.needs === after.line.needs,
);
