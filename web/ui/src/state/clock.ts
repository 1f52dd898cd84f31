/**
 * One clock for every timer on the page. It runs on the server's time, as far as the last exchange told it, and ticks
 * once a second for all, so that timers change together and a hundred of them cost one wake-up.
 */
export class Clock {
  private offsetMs = 0;
  private known = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly listeners = new Set<(nowMs: number) => void>();

  constructor(private readonly localNow: () => number = () => Date.now()) {}

  /** Server time in Unix milliseconds. */
  readonly now = (): number => this.localNow() + this.offsetMs;

  /** The server said what time it is. Small differences are the network's, and would only make timers jump. */
  heard(serverTimeMs: number): void {
    const offsetMs = serverTimeMs - this.localNow();
    if (this.known && Math.abs(offsetMs - this.offsetMs) < 500) return;
    this.offsetMs = offsetMs;
    this.known = true;
  }

  /** Be called at every full second. */
  readonly onTick = (listener: (nowMs: number) => void): (() => void) => {
    this.listeners.add(listener);
    this.schedule();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0 && this.timer !== null) {
        clearTimeout(this.timer);
        this.timer = null;
      }
    };
  };

  private schedule(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        const nowMs = this.now();
        for (const listener of this.listeners) listener(nowMs);
        if (this.listeners.size > 0) this.schedule();
      },
      1_000 - (this.now() % 1_000),
    );
  }
}
