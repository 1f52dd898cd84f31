import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
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
  readonly extra?: Extra;
}

/** What gives way first (1) and next (2) where there is little room. */
export type Extra = 1 | 2;

/** CSS grid columns: with everything, without the first extras, without any. */
export type Layout = readonly [string, string, string];

interface Props<T extends { id: string }, C extends string> {
  readonly label: string;
  readonly layout: Layout;
  readonly columns: readonly Column<C>[];
  readonly sort: Sort<C>;
  readonly onSort: (sort: Sort<C>) => void;
  readonly lines: readonly T[];
  /** What the order depends on besides the lines; when it changes, rows move though somebody points at them. */
  readonly orderKey: string;
  readonly empty: string;
  readonly row: (line: T) => ReactNode;
  readonly chosen?: string | null;
  readonly onChoose?: (id: string) => void;
  /** These are on the screen now. */
  readonly onShown?: (lines: readonly T[]) => void;
}

interface Held<T> {
  readonly orderKey: string;
  readonly placed: readonly Placed<T>[];
}

/** A long table of which only what is seen is drawn. Rows keep their places while somebody points at them. */
export function Rows<T extends { id: string }, C extends string>(props: Props<T, C>) {
  const { label, layout, columns, sort, onSort, lines, orderKey, empty, row, chosen, onChoose, onShown } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<Held<T> | null>(null);
  const placed = inPlace(lines, held?.orderKey === orderKey ? held.placed : null);
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
  const hold = (pointerType: string): void => {
    if (pointerType === "mouse" && held?.orderKey !== orderKey) setHeld({ orderKey, placed });
  };
  // At every drawing, scrolled ones included: nobody else is drawn then.
  useEffect(() => onShown?.(items.flatMap(({ index }) => placed[index]?.line ?? [])));
  return (
    <div
      ref={scroller}
      className={classes["scroller"]}
      style={{ "--layout-0": layout[0], "--layout-1": layout[1], "--layout-2": layout[2] }}
      role="table"
      aria-label={label}
      aria-rowcount={placed.length + 1}
      tabIndex={0}
    >
      <div className={classes["head"]} role="row">
        {columns.map((column) => (
          <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
      {placed.length === 0 && <p className={classes["empty"]}>{empty}</p>}
      <div
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), position: "relative" }}
        onPointerMove={(event) => hold(event.pointerType)}
        onPointerLeave={() => setHeld(null)}
      >
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
              style={{ transform: `translateY(${item.start}px)` }}
              {...(onChoose === undefined ? {} : { onClick: () => onChoose(line.id), "data-clickable": true })}
            >
              {row(line)}
            </div>
          );
        })}
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
      <span role="columnheader" data-end={column.end || undefined} data-extra={column.extra} title={column.hint}>
        {column.label}
      </span>
    );
  }
  return (
    <span role="columnheader" aria-sort={state} data-end={column.end || undefined} data-extra={column.extra}>
      <button
        type="button"
        title={column.hint}
        onClick={() => onSort({ column: column.id, down: active ? !sort.down : false })}
      >
        {column.label}
        <i aria-hidden>{active ? (sort.down ? "↓" : "↑") : ""}</i>
      </button>
    </span>
  );
}

interface CellProps {
  readonly children?: ReactNode;
  readonly end?: boolean;
  readonly muted?: boolean;
  readonly extra?: Extra;
  readonly title?: string;
}

/** A cell; `end` for figures. */
export function Cell({ children, end, muted, extra, title }: CellProps) {
  return (
    <span
      role="cell"
      className={classes["cell"]}
      data-end={end || undefined}
      data-figures={end || undefined}
      data-muted={muted || undefined}
      data-extra={extra}
      title={title}
    >
      {children}
    </span>
  );
}
