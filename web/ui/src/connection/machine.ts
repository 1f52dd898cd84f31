/**
 * The life of the connection as a table: which phase follows which happening. The driver in `connection.ts` opens
 * sockets and sets timers; what they lead to is decided here alone.
 *
 *   idle --start--> connecting --welcome--> connected <--heard-- stale
 *                       |                    |  \--silent--> stale |
 *                      lost                 lost                  lost
 *                       v                    v                     v
 *                  reconnecting <------------+---------------------+      (retry: open again, still reconnecting)
 *
 * `refused` (no valid session) leads to `signed_out` from everywhere, `stop` to `idle`.
 */

export type Phase = "idle" | "connecting" | "connected" | "stale" | "reconnecting" | "signed_out";

export type Happening = "start" | "welcome" | "heard" | "silent" | "lost" | "refused" | "stop";

const TABLE: Readonly<Record<Phase, Partial<Record<Happening, Phase>>>> = {
  idle: { start: "connecting" },
  connecting: { welcome: "connected", lost: "reconnecting", refused: "signed_out", stop: "idle" },
  connected: { heard: "connected", silent: "stale", lost: "reconnecting", refused: "signed_out", stop: "idle" },
  stale: { heard: "connected", silent: "stale", lost: "reconnecting", refused: "signed_out", stop: "idle" },
  reconnecting: { welcome: "connected", lost: "reconnecting", refused: "signed_out", stop: "idle" },
  signed_out: { start: "connecting", stop: "idle" },
};

/** The phase after a happening; one that the table does not know changes nothing. */
export function follow(phase: Phase, happening: Happening): Phase {
  return TABLE[phase][happening] ?? phase;
}

/** Whether frames can be sent now. */
export function isOpen(phase: Phase): boolean {
  return phase === "connected" || phase === "stale";
}
