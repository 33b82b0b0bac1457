import type { StreamRecord } from "../../recording/records.ts";

/** What a record of each kind must have, so that nothing that reads it comes to grief. */
const fields: Record<StreamRecord["type"], Record<string, "string" | "number" | "list" | "object">> = {
  start: { atMs: "number", version: "string", hostname: "string", startedAt: "string" },
  actor: { atMs: "number", actor: "string" },
  transition: {
    atMs: "number",
    actor: "string",
    event: "string",
    taken: "list",
    guards: "list",
    state: "list",
    changes: "object",
    status: "string",
  },
  checked: { atMs: "number", actor: "string", guards: "list" },
  ended: { atMs: "number", actor: "string", status: "string" },
  command: { atMs: "number", ms: "number", argv: "list" },
  end: { atMs: "number" },
};

/** Reads one message of the stream; null for what is not a record, or of a kind that a later version has added. */
export function recordOf(text: string): StreamRecord | null {
  const value = parsed(text);
  if (typeof value !== "object" || value === null) return null;
  const { type } = value as { type?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(fields, type)) return null;
  const wanted = Object.entries(fields[type as StreamRecord["type"]]);
  const isWhole = wanted.every(([name, kind]) => kindOf((value as Record<string, unknown>)[name]) === kind);
  return isWhole ? (value as StreamRecord) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}
