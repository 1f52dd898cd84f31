import type { CommandFrame } from "./generated";

type Without<T> = T extends CommandFrame ? Omit<T, "command_id" | "expires_in_ms"> : never;

/** A command before it has an id. */
export type Intent = Without<CommandFrame>;
