/**
 * The note of one call as somebody writes it: saved by itself a moment after the last letter, tried again while the
 * server is away, and never overwritten unseen. Its life:
 *
 *   loading -> saved <-> unsaved -> saving -> saved
 *                          ^          |-> failed (tried again) -> saving
 *                          |          |-> changed (somebody else was faster: keep mine, or take theirs)
 *                          +----------+-> refused (nothing can be noted of this call)
 *
 * What is typed while it loads goes below what there was.
 */

import { Refused } from "../connection/rest";
import type { Rest } from "../connection/rest";
import { NOTE_CHARACTERS_MAX } from "../protocol/generated";
import type { NoteView } from "../protocol/generated";
import { Store } from "./store";

export const SAVE_AFTER_MS = 700;
export const AGAIN_AFTER_MS = 2_000;

/** Refusals after which the same is worth another try. */
const PASSING = new Set([
  "unreachable",
  "outcome_unknown",
  "store_unavailable",
  "overloaded",
  "internal",
  "not_signed_in",
]);
/** A call that has just ended is unknown until its record is written, which takes a second or two. */
const UNKNOWN_MAX = 5;

export type NotePhase = "loading" | "saved" | "unsaved" | "saving" | "failed" | "changed" | "refused";

export interface NoteState {
  readonly phase: NotePhase;
  readonly text: string;
  /** What the server said, where it did not save. */
  readonly problem: string | null;
}

export interface NotePorts {
  readonly rest: Pick<Rest, "note" | "putNote">;
  readonly later: (work: () => void, delayMs: number) => () => void;
}

export class Note extends Store<NoteState> {
  private version = 0;
  private theirs: NoteView | null = null;
  private cancel: () => void = () => undefined;
  private underway: Promise<void> | null = null;
  private unknown = 0;

  constructor(
    private readonly callId: string,
    private readonly ports: NotePorts,
  ) {
    super({ phase: "loading", text: "", problem: null });
    void this.load();
  }

  /** Somebody typed; what is kept is `text` from now on. */
  write(text: string): void {
    const { phase } = this.get();
    if (phase === "refused") return;
    this.set({ ...this.get(), text });
    if (phase !== "changed" && phase !== "loading") this.saveSoon();
  }

  /** Whether nothing is lost with this object. */
  get isKept(): boolean {
    const { phase, text } = this.get();
    return phase === "saved" || phase === "refused" || (phase === "loading" && text === "");
  }

  /** Save now what is not saved; the promise is kept when that was tried. */
  async flush(): Promise<void> {
    const { phase } = this.get();
    if (phase === "unsaved" || phase === "failed") await this.save();
    else await this.underway;
    if (this.get().phase === "unsaved") await this.save();
  }

  /** Look whether somebody else wrote, unless something is being written here. */
  look(): void {
    const { phase } = this.get();
    if (phase === "saved") void this.load();
    else if (phase === "failed") void this.save();
  }

  keepMine(): void {
    if (this.theirs === null) return;
    this.version = this.theirs.version;
    this.theirs = null;
    void this.save();
  }

  takeTheirs(): void {
    if (this.theirs !== null) this.take(this.theirs);
  }

  private async load(): Promise<void> {
    try {
      const found = await this.ports.rest.note(this.callId);
      const { phase, text } = this.get();
      if (phase === "loading") this.loaded(found, text);
      else if (phase === "saved" && found.version >= this.version) this.take(found);
    } catch (error) {
      if (this.get().phase !== "loading") return;
      if (isPassing(error)) this.schedule(() => void this.load(), AGAIN_AFTER_MS);
      else this.set({ phase: "refused", text: this.get().text, problem: messageOf(error) });
    }
  }

  private loaded(found: NoteView, typed: string): void {
    this.take(found);
    if (typed === "") return;
    const joined = found.text === "" ? typed : `${found.text}\n${typed}`;
    this.set({ ...this.get(), text: joined.slice(0, NOTE_CHARACTERS_MAX) });
    this.saveSoon();
  }

  private async save(): Promise<void> {
    this.cancel();
    if (this.underway !== null) return this.underway;
    this.underway = this.send().finally(() => {
      this.underway = null;
    });
    return this.underway;
  }

  private async send(): Promise<void> {
    const { text } = this.get();
    this.set({ phase: "saving", text, problem: null });
    try {
      this.version = (await this.ports.rest.putNote(this.callId, { text, version: this.version })).version;
      this.unknown = 0;
      if (this.get().text === text) this.set({ phase: "saved", text, problem: null });
      else this.saveSoon();
    } catch (error) {
      await this.notSaved(error);
    }
  }

  private async notSaved(error: unknown): Promise<void> {
    const problem = messageOf(error);
    if (error instanceof Refused && error.code === "note_changed") {
      try {
        this.theirs = await this.ports.rest.note(this.callId);
        this.set({ phase: "changed", text: this.get().text, problem });
        return;
      } catch {
        // As if the first question had failed.
      }
    } else if (!isPassing(error) && !this.isUnknownYet(error)) {
      this.set({ phase: "refused", text: this.get().text, problem });
      return;
    }
    this.set({ phase: "failed", text: this.get().text, problem });
    this.schedule(() => void this.save(), AGAIN_AFTER_MS);
  }

  private isUnknownYet(error: unknown): boolean {
    if (!(error instanceof Refused) || error.code !== "unknown_call") return false;
    this.unknown += 1;
    return this.unknown <= UNKNOWN_MAX;
  }

  private take({ text, version }: NoteView): void {
    this.theirs = null;
    this.version = version;
    this.set({ phase: "saved", text, problem: null });
  }

  private saveSoon(): void {
    this.set({ ...this.get(), phase: "unsaved" });
    this.schedule(() => void this.save(), SAVE_AFTER_MS);
  }

  private schedule(work: () => void, delayMs: number): void {
    this.cancel();
    this.cancel = this.ports.later(work, delayMs);
  }
}

function isPassing(error: unknown): boolean {
  return !(error instanceof Refused) || PASSING.has(error.code);
}

function messageOf(error: unknown): string {
  return error instanceof Refused ? error.message : "Something went wrong on this page.";
}
