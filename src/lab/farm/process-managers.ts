import type { ProtocolName } from "../zinit/protocols.ts";

/** The process managers that a node of the lab can have; `zinit` is the version that zos nodes have. */
export const processManagers = {
  zinit: "text",
  "zinit-text": "text",
  "zinit-rpc": "rpc",
  embedded: null,
} as const satisfies Record<string, ProtocolName | null>;
/** One of `processManagers`. */
export type ProcessManager = keyof typeof processManagers;
