/** Who is signed in at this browser. */

import { Refused } from "../connection/rest";
import type { Rest } from "../connection/rest";
import type { Credentials, CurrentUser } from "../protocol/generated";
import { Store } from "./store";

export type Session =
  | { readonly kind: "unknown"; readonly problem: string | null }
  | { readonly kind: "out"; readonly expired: boolean }
  | { readonly kind: "in"; readonly user: CurrentUser };

const RETRY_MS = 1_500;

export class SessionStore extends Store<Session> {
  constructor(private readonly rest: Pick<Rest, "session" | "signIn" | "signOut">) {
    super({ kind: "unknown", problem: null });
  }

  /** Ask who is signed in, until there is an answer. */
  async find(): Promise<void> {
    for (;;) {
      try {
        const { user } = await this.rest.session();
        this.set({ kind: "in", user });
        return;
      } catch (error) {
        const refused = asRefused(error);
        if (refused.code === "not_signed_in") {
          if (this.get().kind !== "out") this.set({ kind: "out", expired: false });
          return;
        }
        if (this.get().kind === "unknown") this.set({ kind: "unknown", problem: refused.message });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Throws `Refused`. */
  async signIn(credentials: Credentials): Promise<void> {
    const { user } = await this.rest.signIn(credentials);
    this.set({ kind: "in", user });
  }

  /** Throws `Refused` if the server could not be told: the session would live on. */
  async signOut(): Promise<void> {
    try {
      await this.rest.signOut();
    } catch (error) {
      const refused = asRefused(error);
      if (refused.code !== "not_signed_in") throw refused;
    }
    this.set({ kind: "out", expired: false });
  }

  /** The server no longer knows the session. */
  expired(): void {
    if (this.get().kind === "in") this.set({ kind: "out", expired: true });
  }
}

export function asRefused(error: unknown): Refused {
  return error instanceof Refused ? error : new Refused("internal", "Something went wrong on this page; reload it.");
}
