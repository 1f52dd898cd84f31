/** Everything that lives as long as the page: made once, handed down, never looked up globally. */

import { browserPorts } from "../connection/browser";
import { Connection } from "../connection/connection";
import { rest } from "../connection/rest";
import { CallNotes } from "../state/call-notes";
import { Clock } from "../state/clock";
import { Commands } from "../state/commands";
import { LiveStore } from "../state/live";
import type { Schedule } from "../state/live";
import { Names } from "../state/names";
import { Notices } from "../state/notices";
import { SessionStore } from "../state/session";
import { SoftphoneStore } from "../state/softphone";

const HIDDEN_PAGE_DELAY_MS = 250;

/** Before the next picture; on a page that nobody sees no pictures are drawn, and a timer does. */
const beforeNextPicture: Schedule = (work) => {
  if (document.hidden) setTimeout(work, HIDDEN_PAGE_DELAY_MS);
  else requestAnimationFrame(work);
};

export interface Services {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly session: SessionStore;
  readonly softphone: SoftphoneStore;
  readonly live: LiveStore;
  readonly names: Names;
  readonly notices: Notices;
  readonly callNotes: CallNotes;
  readonly rest: typeof rest;
}

export function makeServices(): Services {
  const connection = new Connection(browserPorts);
  const clock = new Clock();
  const session = new SessionStore(rest);
  const callNotes = new CallNotes({ rest, later: browserPorts.later });
  connection.onFrame((frame) => {
    if (frame.type === "welcome" || frame.type === "pong") clock.heard(frame.server_time_ms);
  });
  connection.state.subscribe(() => {
    if (connection.state.get().phase === "signed_out") session.expired();
  });
  session.subscribe(() => {
    const now = session.get();
    if (now.kind === "in") connection.start();
    else connection.stop();
    if (now.kind === "out" && !now.expired) callNotes.clear();
  });
  connection.onBegin(() => callNotes.look());
  const look = (): void => {
    if (document.hidden) {
      callNotes.flush();
      return;
    }
    connection.nudge();
    callNotes.look();
    if (session.get().kind === "out") void session.find();
  };
  addEventListener("online", look);
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  void session.find();
  return {
    connection,
    clock,
    commands: new Commands(connection, { ...browserPorts, newId: () => crypto.randomUUID() }),
    session,
    softphone: new SoftphoneStore(connection),
    live: new LiveStore(connection, beforeNextPicture, browserPorts.now),
    names: new Names(rest),
    notices: new Notices(),
    callNotes,
    rest,
  };
}
