import type { Services } from "../../app/services";
import type { Intent } from "../../protocol/command";
import type { Ring, Talk, WrapUp } from "./model";

const NOTE_FIRST_MS = 1_500;

export interface Actions {
  readonly setPresence: (presence: "available" | "away" | "offline", reason: string) => void;
  readonly accept: (ring: Ring) => void;
  readonly decline: (ring: Ring) => void;
  readonly toggleHold: (talk: Talk) => void;
  readonly hangUp: (talk: Talk) => void;
  readonly complete: (wrapUp: WrapUp, disposition: string | null) => void;
}

/** What an agent can do. Each is shown as under way at once, and says why when it was refused. */
export function makeActions({
  commands,
  notices,
  callNotes,
}: Pick<Services, "commands" | "notices" | "callNotes">): Actions {
  const run = (intent: Intent, failed: string): void => {
    void commands.execute(intent).then((answer) => {
      if (answer.code === "outcome_unknown") notices.say("It may or may not have been done.", answer.message);
      else if (answer.code !== "ok") notices.say(failed, answer.message);
    });
  };
  return {
    setPresence: (presence, reason) => run({ type: "set_presence", presence, reason }, "Your state was not changed."),
    accept: ({ offerId }) => run({ type: "accept_offer", offer_id: offerId }, "The call was not accepted."),
    decline: ({ offerId }) => run({ type: "decline_offer", offer_id: offerId }, "The call was not declined."),
    toggleHold: ({ callId, heldSinceMs }) =>
      heldSinceMs === null
        ? run({ type: "hold_call", call_id: callId }, "The caller was not put on hold.")
        : run({ type: "resume_call", call_id: callId }, "The caller was not taken off hold."),
    hangUp: ({ callId }) => run({ type: "hang_up_call", call_id: callId }, "The call was not ended."),
    complete: ({ callId }, disposition) => {
      // The note first, while the call is certainly this agent's; a server that is slow to take it holds nobody up.
      void Promise.race([callNotes.of(callId).flush(), pause(NOTE_FIRST_MS)]).then(() =>
        run({ type: "complete_wrap_up", call_id: callId, disposition }, "The wrap-up was not finished."),
      );
    },
  };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
