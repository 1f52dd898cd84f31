import { expect, test } from "vitest";

import { Refused } from "../src/connection/rest";
import type { NoteBody, NoteView } from "../src/protocol/generated";
import { AGAIN_AFTER_MS, Note, SAVE_AFTER_MS } from "../src/state/note";
import { FakeWorld } from "./fakes";

/** A server with one note, which can be away, and on which somebody else may write. */
class Server {
  stored: NoteView = { call_id: "c", text: "", version: 0, written_by: null, written_at_ms: null };
  refuses: Refused | null = null;
  readonly puts: NoteBody[] = [];

  note = async (): Promise<NoteView> => {
    await Promise.resolve();
    if (this.refuses !== null) throw this.refuses;
    return this.stored;
  };

  putNote = async (_callId: string, note: NoteBody): Promise<NoteView> => {
    this.puts.push(note);
    await Promise.resolve();
    if (this.refuses !== null) throw this.refuses;
    if (note.version !== this.stored.version) throw new Refused("note_changed", "The note was changed elsewhere.");
    this.stored = { ...this.stored, text: note.text, version: note.version + 1 };
    return this.stored;
  };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

async function opened(server = new Server()): Promise<{ server: Server; world: FakeWorld; note: Note }> {
  const world = new FakeWorld();
  const note = new Note("c", { rest: server, later: world.later });
  await settled();
  return { server, world, note };
}

const away = new Refused("unreachable", "The server cannot be reached.");

test("somebody stops typing then the whole is saved once", async () => {
  const { server, world, note } = await opened();
  note.write("Wants");
  world.pass(SAVE_AFTER_MS - 1);
  note.write("Wants Thursday");
  expect(note.get().phase).toBe("unsaved");
  world.pass(SAVE_AFTER_MS);
  await settled();
  expect(server.puts).toEqual([{ text: "Wants Thursday", version: 0 }]);
  expect(note.get()).toEqual({ phase: "saved", text: "Wants Thursday", problem: null });
});

test("somebody types before the note has come then it goes below what there was and is saved", async () => {
  const server = new Server();
  server.stored = { ...server.stored, text: "Allergic to latex", version: 3 };
  const world = new FakeWorld();
  const note = new Note("c", { rest: server, later: world.later });
  note.write("Wants Thursday");
  expect([note.get().phase, note.isKept]).toEqual(["loading", false]);
  await settled();
  world.pass(SAVE_AFTER_MS);
  await settled();
  expect(server.stored).toMatchObject({ text: "Allergic to latex\nWants Thursday", version: 4 });
  expect([note.get().phase, note.isKept]).toEqual(["saved", true]);
});

test("a look that was asked before a save comes after it then what was saved stays", async () => {
  const { server, world, note } = await opened();
  const before = server.stored;
  let answer: (found: NoteView) => void = () => undefined;
  server.note = () => new Promise((resolve) => (answer = resolve));
  note.look();
  note.write("Wants Thursday");
  world.pass(SAVE_AFTER_MS);
  await settled();
  answer(before);
  await settled();
  expect(note.get()).toEqual({ phase: "saved", text: "Wants Thursday", problem: null });
});

test("typing goes on while the first part is saved then the rest is saved after it", async () => {
  const { server, world, note } = await opened();
  note.write("Wants");
  world.pass(SAVE_AFTER_MS);
  note.write("Wants Thursday");
  await settled();
  expect(note.get().phase).toBe("unsaved");
  world.pass(SAVE_AFTER_MS);
  await settled();
  expect(server.stored).toMatchObject({ text: "Wants Thursday", version: 2 });
});

test("the server is away then the text stays and is saved when it is back", async () => {
  const { server, world, note } = await opened();
  server.refuses = away;
  note.write("Wants Thursday");
  await note.flush();
  expect(note.get()).toEqual({ phase: "failed", text: "Wants Thursday", problem: away.message });
  server.refuses = null;
  world.pass(AGAIN_AFTER_MS);
  await settled();
  expect(server.stored.text).toBe("Wants Thursday");
});

test("somebody else was faster then nothing is overwritten until it is said whose stays", async () => {
  const { server, note } = await opened();
  server.stored = { ...server.stored, text: "theirs", version: 1 };
  note.write("mine");
  await note.flush();
  await settled();
  expect([note.get().phase, note.get().text, server.stored.text]).toEqual(["changed", "mine", "theirs"]);
  note.keepMine();
  await settled();
  expect(server.stored).toMatchObject({ text: "mine", version: 2 });
});

test("theirs is taken then it is what is shown", async () => {
  const { server, note } = await opened();
  server.stored = { ...server.stored, text: "theirs", version: 1 };
  note.write("mine");
  await note.flush();
  note.takeTheirs();
  expect(note.get()).toEqual({ phase: "saved", text: "theirs", problem: null });
});

test("nothing can be noted of the call then it says why and takes no letters", async () => {
  const server = new Server();
  server.refuses = new Refused("unknown_call", "There is no such call.");
  const { note } = await opened(server);
  note.write("Wants Thursday");
  expect(note.get()).toEqual({ phase: "refused", text: "", problem: "There is no such call." });
});

test("the call has just ended and its record is not written yet then saving is tried again", async () => {
  const { server, world, note } = await opened();
  server.refuses = new Refused("unknown_call", "There is no such call.");
  note.write("Wants Thursday");
  await note.flush();
  expect(note.get().phase).toBe("failed");
  server.refuses = null;
  world.pass(AGAIN_AFTER_MS);
  await settled();
  expect(note.get().phase).toBe("saved");
});

test("looked at again then what another window wrote is shown, unless something is written here", async () => {
  const { server, note } = await opened();
  server.stored = { ...server.stored, text: "theirs", version: 1 };
  note.look();
  await settled();
  expect(note.get().text).toBe("theirs");
  note.write("theirs and mine");
  note.look();
  await settled();
  expect(note.get().text).toBe("theirs and mine");
});
