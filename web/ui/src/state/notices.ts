/** Short sentences that say what did not work. The newest one stands at a fixed place until it is read. */

import { Store } from "./store";

export interface Notice {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

export class Notices extends Store<Notice | null> {
  private count = 0;

  constructor() {
    super(null);
  }

  say(title: string, text: string): void {
    this.count += 1;
    this.set({ id: this.count, title, text });
  }

  dismiss(): void {
    this.set(null);
  }
}
