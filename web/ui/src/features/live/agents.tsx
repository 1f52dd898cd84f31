import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { memo, useMemo, useState } from "react";
import type { RefObject } from "react";

import type { Presence } from "../../protocol/generated";
import { durationOrDash } from "../../ui/format";
import { PRESENCES, PresenceIcon, stateLabel } from "../../ui/presence";
import { Timer } from "../../ui/timer";
import type { AgentLine, QueueLine } from "./model";
import { Cell, Rows } from "./rows";
import type { Column, Layout } from "./rows";
import { sortAgents } from "./sorting";
import type { AgentColumn, Sort } from "./sorting";
import classes from "./live.module.css";

const COLUMNS: readonly Column<AgentColumn>[] = [
  { id: "id", label: "Agent" },
  { id: "state", label: "State" },
  { id: "since", label: "Since", end: true },
  { id: "queue", label: "Queue", extra: 2 },
  { id: "handled", label: "Calls", hint: "Conversations that ended today (UTC)", end: true },
  { id: "aht", label: "AHT", hint: "(talk + hold + wrap-up) / handled; today (UTC)", end: true, extra: 1 },
];
const LAYOUT: Layout = [
  "minmax(84px, 1.2fr) minmax(118px, 1.3fr) 64px minmax(70px, 1fr) 50px 56px",
  "minmax(72px, 1.1fr) minmax(104px, 1.2fr) 60px minmax(64px, 1fr) 46px",
  "minmax(72px, 1fr) minmax(104px, 1.2fr) 60px 46px",
];
const STATES = Object.keys(PRESENCES) as Presence[];

interface Props {
  readonly lines: readonly AgentLine[];
  readonly queue: QueueLine | null;
  readonly filterRef: RefObject<HTMLInputElement | null>;
}

export function Agents({ lines, queue, filterRef }: Props) {
  const [sort, setSort] = useState<Sort<AgentColumn>>({ column: "state", down: false });
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<Presence | null>(null);
  const inQueue = useMemo(
    () => (queue === null ? lines : lines.filter(({ queues }) => queues.includes(queue.id))),
    [lines, queue],
  );
  const counts = useMemo(() => {
    const found = new Map<Presence, number>();
    for (const { presence } of inQueue) found.set(presence, (found.get(presence) ?? 0) + 1);
    return found;
  }, [inQueue]);
  const shown = useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    const fits = (line: AgentLine): boolean =>
      (state === null || line.presence === state) &&
      (wanted === "" || `${line.id} ${line.queue}`.toLowerCase().includes(wanted));
    return sortAgents(inQueue.filter(fits), sort);
  }, [inQueue, typed, state, sort]);
  return (
    <section className={classes["panel"]} data-panel="agents">
      <header className={classes["panelHead"]}>
        <h2>Agents{queue === null ? "" : `, ${queue.name}`}</h2>
        <div className={classes["chips"]} role="group" aria-label="State">
          {STATES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={state === one}
              data-figures
              title={PRESENCES[one].label}
              onClick={() => setState(state === one ? null : one)}
            >
              <PresenceIcon presence={one} size={14} />
              <span className="visually-hidden">{PRESENCES[one].label}</span>
              {counts.get(one) ?? 0}
            </button>
          ))}
        </div>
        <TextInput
          ref={filterRef}
          size="xs"
          aria-label="Find an agent"
          placeholder="Find  /"
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
        label="Agents"
        layout={LAYOUT}
        columns={COLUMNS}
        sort={sort}
        onSort={setSort}
        lines={shown}
        orderKey={`${sort.column} ${sort.down} ${state} ${queue?.id} ${typed}`}
        empty={lines.length === 0 ? "There are no agents yet; an administrator makes them." : "No agent fits."}
        row={(line) => <AgentCells line={line} />}
      />
    </section>
  );
}

const AgentCells = memo(
  function AgentCells({ line }: { readonly line: AgentLine }) {
    const label = stateLabel(line);
    return (
      <>
        <Cell title={line.id}>
          <span className={classes["clip"]}>{line.id}</span>
        </Cell>
        <Cell title={line.reason === "" ? label : `${label}: ${line.reason}`}>
          <PresenceIcon presence={line.presence} held={line.held} size={15} />
          <span className={classes["clip"]}>{line.reason === "" ? label : line.reason}</span>
        </Cell>
        <Cell end>
          <Timer sinceMs={line.sinceMs} />
        </Cell>
        <Cell muted extra={2}>
          <span className={classes["clip"]}>{line.queue}</span>
        </Cell>
        <Cell end>{line.handled}</Cell>
        <Cell end muted extra={1}>
          {durationOrDash(line.ahtMs)}
        </Cell>
      </>
    );
  },
  ({ line: a }, { line: b }) =>
    a.id === b.id &&
    a.presence === b.presence &&
    a.reason === b.reason &&
    a.held === b.held &&
    a.sinceMs === b.sinceMs &&
    a.queue === b.queue &&
    a.handled === b.handled &&
    a.ahtMs === b.ahtMs,
);
