/** The REST door, as far as pages need it. Whoever asks gets a value or a `Refused`. */

import { API_PREFIX, IDEMPOTENCY_HEADER } from "../protocol/generated";
import type {
  Callers,
  Credentials,
  CurrentSession,
  ErrorBody,
  NoteBody,
  NoteView,
  Queue,
  Queues,
} from "../protocol/generated";

/** Why the server did not do what was asked; `code` is `unreachable` where it could not be asked. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers[IDEMPOTENCY_HEADER] = crypto.randomUUID();
  let response: Response;
  try {
    const payload = body === undefined ? null : JSON.stringify(body);
    // What is being sent when somebody leaves the page arrives all the same.
    const options = {
      method,
      headers,
      body: payload,
      credentials: "same-origin",
      keepalive: body !== undefined,
    } as const;
    response = await fetch(API_PREFIX + path, options);
  } catch {
    throw new Refused("unreachable", "The server cannot be reached; check the network and try again.");
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<Refused> {
  const after = Number(response.headers.get("Retry-After") ?? "");
  const retryAfterS = Number.isFinite(after) && after > 0 ? after : null;
  try {
    const { error } = (await response.json()) as ErrorBody;
    return new Refused(error.code, error.message, retryAfterS);
  } catch {
    return new Refused("unreachable", "The server is not ready yet; try again in a moment.", retryAfterS);
  }
}

async function read(path: string): Promise<unknown> {
  const response = await ask("GET", path);
  return response.json();
}

function notePath(callId: string): string {
  return `/calls/${encodeURIComponent(callId)}/note`;
}

export const rest = {
  async session(): Promise<CurrentSession> {
    return (await read("/session")) as CurrentSession;
  },

  async signIn(credentials: Credentials): Promise<CurrentSession> {
    const response = await ask("POST", "/session", credentials);
    return (await response.json()) as CurrentSession;
  },

  async signOut(): Promise<void> {
    await ask("DELETE", "/session");
  },

  /** Every queue of the clinic, page by page. */
  async queues(): Promise<Queue[]> {
    const found: Queue[] = [];
    let after = "";
    for (;;) {
      const page = (await read(`/queues?after=${encodeURIComponent(after)}`)) as Queues;
      found.push(...page.queues);
      if (page.next === null) return found;
      after = page.next;
    }
  },

  async note(callId: string): Promise<NoteView> {
    return (await read(notePath(callId))) as NoteView;
  },

  async putNote(callId: string, note: NoteBody): Promise<NoteView> {
    const response = await ask("PUT", notePath(callId), note);
    return (await response.json()) as NoteView;
  },

  async callers(subjectIds: readonly string[]): Promise<Callers> {
    return (await read(`/callers?ids=${subjectIds.map(encodeURIComponent).join(",")}`)) as Callers;
  },
};

export type Rest = typeof rest;
