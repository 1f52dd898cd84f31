/** Who callers are, asked for in batches, only for those that somebody looks at, and kept for a while. */

import { Store } from "./store";
import type { Rest } from "../connection/rest";
import type { CallerView } from "../protocol/generated";

const ASK_AFTER_MS = 60;
const AT_ONCE_MAX = 80;
const KEPT_MAX = 2_000;

export class Names extends Store<ReadonlyMap<string, CallerView | null>> {
  private readonly wanted = new Set<string>();
  private asking = false;

  constructor(private readonly rest: Pick<Rest, "callers">) {
    super(new Map());
  }

  /** These are on the screen now. */
  want(subjectIds: readonly string[]): void {
    for (const subjectId of subjectIds) if (!this.get().has(subjectId)) this.wanted.add(subjectId);
    if (this.wanted.size === 0 || this.asking) return;
    this.asking = true;
    setTimeout(() => void this.ask(), ASK_AFTER_MS);
  }

  private async ask(): Promise<void> {
    const batch = [...this.wanted].slice(0, AT_ONCE_MAX);
    for (const subjectId of batch) this.wanted.delete(subjectId);
    try {
      const { callers } = await this.rest.callers(batch);
      const kept = [...this.get()].slice(-KEPT_MAX);
      this.set(new Map([...kept, ...batch.map((id): [string, CallerView | null] => [id, callers[id] ?? null])]));
    } catch {
      // The rows stay without names; the next look at them asks again.
    }
    this.asking = false;
    this.want([]);
  }
}
