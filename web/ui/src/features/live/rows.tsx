import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import type { ReactNode } from "react";

import { inPlace } from "./sorting";
import type { Placed, Sort } from "./sorting";
import classes from "./live.module.css";

const ROW_PX = 38;
const OVERSCAN = 6;

export interface Column<C extends string> {
  readonly id: C;
  readonly label: string;
  readonly hint?: string;
  readonly end?: boolean;
  readonly sortable?: boolean;
}

interface Props<T extends { id: string }, C extends string> {
  readonly label: string;
  /** CSS grid columns. */
  readonly layout: string;
  readonly columns: readonly Column<C>[];
  readonly sort: Sort<C>;
  readonly onSort: (sort: Sort<C>) => void;
  readonly lines: readonly T[];
  readonly empty: string;
  readonly row: (line: T) => ReactNode;
  readonly chosen?: string | null;
  readonly onChoose?: (id: string) => void;
  readonly onShown?: (lines: readonly T[]) => void;
}

/** A long table of which only what is seen is drawn. Rows keep their places while somebody points at them. */
export function Rows<T extends { id: string }, C extends string>(props: Props<T, C>) {
  const { label, layout, columns, sort, onSort, lines, empty, row, chosen, onChoose } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<readonly Placed<T>[] | null>(null);
  const placed = inPlace(lines, held);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are called here, never kept
  const virtual = useVirtualizer({
    count: placed.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => placed[index]?.line.id ?? index,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  props.onShown?.(items.flatMap(({ index }) => placed[index]?.line ?? []));
  return (
    <div className={classes["table"]} role="table" aria-label={label} aria-rowcount={placed.length + 1}>
      <div className={classes["head"]} role="row" style={{ gridTemplateColumns: layout }}>
        {columns.map((column) => (
          <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
      <div
        ref={scroller}
        className={classes["scroller"]}
        role="rowgroup"
        tabIndex={0}
        onPointerEnter={(event) => {
          if (event.pointerType === "mouse") setHeld(placed);
        }}
        onPointerLeave={() => setHeld(null)}
      >
        {placed.length === 0 && <p className={classes["empty"]}>{empty}</p>}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const one = placed[item.index];
            if (one === undefined) return null;
            const { line, gone } = one;
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes["row"]}
                data-gone={gone || undefined}
                data-chosen={chosen === line.id || undefined}
                style={{ gridTemplateColumns: layout, transform: `translateY(${item.start}px)` }}
                {...(onChoose === undefined ? {} : { onClick: () => onChoose(line.id), "data-clickable": true })}
              >
                {row(line)}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeadingProps<C extends string> {
  readonly column: Column<C>;
  readonly sort: Sort<C>;
  readonly onSort: (sort: Sort<C>) => void;
}

function Heading<C extends string>({ column, sort, onSort }: HeadingProps<C>) {
  const active = sort.column === column.id;
  const state = active ? (sort.down ? "descending" : "ascending") : "none";
  if (column.sortable === false) {
    return (
      <span role="columnheader" data-end={column.end || undefined} title={column.hint}>
        {column.label}
      </span>
    );
  }
  return (
    <span role="columnheader" aria-sort={state} data-end={column.end || undefined}>
      <button type="button" title={column.hint} onClick={() => onSort({ column: column.id, down: active ? !sort.down : false })}>
        {column.label}
        <i aria-hidden>{active ? (sort.down ? "↓" : "↑") : ""}</i>
      </button>
    </span>
  );
}

/** A cell; `end` for figures. */
export function Cell({ children, end, muted, title }: { children?: ReactNode; end?: boolean; muted?: boolean; title?: string }) {
  return (
    <span role="cell" className={classes["cell"]} data-end={end || undefined} data-muted={muted || undefined} title={title}>
      {children}
    </span>
  );
}
