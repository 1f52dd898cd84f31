/**
 * The live picture as it comes in. Deltas are collected and applied together, once per animation frame; whoever draws
 * is told once, however many came.
 */

import type { Connection } from "../connection/connection";
import type { LivePicture, PictureDelta, ServerFrame } from "../protocol/generated";
import { pictureOf, read } from "./picture";
import type { Picture } from "./picture";
import { Store } from "./store";

/** Heartbeats come every five seconds; without two of them the picture is not today's news. */
export const STALE_AFTER_MS = 12_000;

export interface LiveState {
  readonly picture: Picture | null;
  readonly version: number;
  /** When the last frame was taken, by the local clock. */
  readonly heardAtMs: number;
}

/** Calls `work` before the next picture is drawn. */
export type Schedule = (work: () => void) => void;

export class LiveStore extends Store<LiveState> {
  private waiting: (LivePicture | PictureDelta)[] = [];
  private scheduled = false;
  private resyncing = false;

  constructor(
    private readonly connection: Pick<Connection, "send" | "onFrame" | "onBegin">,
    private readonly schedule: Schedule,
    private readonly now: () => number,
  ) {
    super({ picture: null, version: 0, heardAtMs: 0 });
  }

  /** Follow the picture, on this connection and those that come after it. Returns how to stop. */
  follow(): () => void {
    const begin = (): void => {
      this.resyncing = true;
      this.connection.send({ type: "subscribe_live" });
    };
    const stopBegin = this.connection.onBegin(begin);
    const stopFrames = this.connection.onFrame((frame) => this.heard(frame));
    begin();
    return () => {
      stopBegin();
      stopFrames();
      this.waiting = [];
      this.connection.send({ type: "unsubscribe_live" });
    };
  }

  private heard(frame: ServerFrame): void {
    if (frame.type === "live_snapshot") {
      this.waiting = [frame.picture];
      this.resyncing = false;
    } else if (frame.type === "live_delta" && !this.resyncing) {
      this.waiting.push(frame.delta);
    } else {
      return;
    }
    if (!this.scheduled) {
      this.scheduled = true;
      this.schedule(() => this.apply());
    }
  }

  private apply(): void {
    this.scheduled = false;
    const frames = this.waiting;
    this.waiting = [];
    let { picture, version } = this.get();
    for (const frame of frames) {
      version += 1;
      if (frame.type === "live_picture") picture = pictureOf(frame, version);
      else if (picture !== null && read(picture, frame) === "gap") {
        this.askAgain();
        break;
      }
    }
    if (picture !== null) this.set({ picture, version, heardAtMs: this.now() });
  }

  private askAgain(): void {
    this.resyncing = true;
    this.connection.send({ type: "unsubscribe_live" });
    this.connection.send({ type: "subscribe_live" });
  }
}
