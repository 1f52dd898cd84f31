/** The notes of the calls at hand. One that is not saved yet is kept until it is, whatever the page shows meanwhile. */

import { Note } from "./note";
import type { NotePorts } from "./note";

export class CallNotes {
  private readonly notes = new Map<string, Note>();

  constructor(private readonly ports: NotePorts) {}

  of(callId: string): Note {
    const known = this.notes.get(callId);
    if (known !== undefined) return known;
    for (const [id, note] of this.notes) if (note.isKept) this.notes.delete(id);
    const note = new Note(callId, this.ports);
    this.notes.set(callId, note);
    return note;
  }

  /** Save what is not saved. */
  flush(): void {
    for (const note of this.notes.values()) void note.flush();
  }

  /** The page is looked at, or connected, again. */
  look(): void {
    for (const note of this.notes.values()) note.look();
  }

  /** Somebody else may sit here now. */
  clear(): void {
    this.notes.clear();
  }
}
