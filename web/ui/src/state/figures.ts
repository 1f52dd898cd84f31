/** The formulas of the field over tallies, as `engine.metrics` has them. Where nothing happened there is no figure. */

import type { TallyRow } from "../protocol/generated";

export interface Sums {
  offered: number;
  answered: number;
  answeredWithin: number;
  waitMs: number;
  abandoned: number;
  shortAbandoned: number;
}

/** The variant of service level that is shown; its name goes wherever the figure goes. */
export const SERVICE_LEVEL_FORMULA = "answered within the threshold / (offered − short abandons)";

export function sumsOf(rows: Iterable<TallyRow>, wanted: (row: TallyRow) => boolean): Sums {
  const sums = { offered: 0, answered: 0, answeredWithin: 0, waitMs: 0, abandoned: 0, shortAbandoned: 0 };
  for (const row of rows) {
    if (!wanted(row)) continue;
    sums.offered += row.offered;
    sums.answered += row.answered;
    sums.answeredWithin += row.answered_within;
    sums.waitMs += row.wait_ms;
    sums.abandoned += row.abandoned;
    sums.shortAbandoned += row.short_abandoned;
  }
  return sums;
}

/** A share between 0 and 1. */
export function serviceLevel(sums: Sums): number | null {
  return ratio(sums.answeredWithin, sums.offered - sums.shortAbandoned);
}

/** Average speed of answer in milliseconds. */
export function asaMs(sums: Sums): number | null {
  return ratio(sums.waitMs, sums.answered);
}

/** A share between 0 and 1. */
export function abandonment(sums: Sums): number | null {
  return ratio(sums.abandoned, sums.offered);
}

/** The last midnight here, in Unix milliseconds. */
export function startOfDay(nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
