import * as v from "valibot";
import type { ServiceSignal, SupervisorKind } from "../contract.ts";
import { BootError } from "../errors.ts";

/** What zinit 0.2 can be asked, whichever protocol it speaks. */
export interface ZinitCalls {
  kind: SupervisorKind;
  /** The state of every service that zinit knows, by name. */
  list: () => Promise<Record<string, string>>;
  status: (name: string) => Promise<ZinitStatus>;
  /** Reads the service's file and starts it. */
  monitor: (name: string) => Promise<void>;
  stop: (name: string) => Promise<void>;
  forget: (name: string) => Promise<void>;
  kill: (name: string, signal: ServiceSignal) => Promise<void>;
}

/** The states of all services, by name. */
export const servicesSchema = v.record(v.string(), v.string());
/** What zinit tells of one service. */
export const statusSchema = v.object({ pid: v.number(), state: v.string(), target: v.string() });
/** See `statusSchema`. */
export type ZinitStatus = v.InferOutput<typeof statusSchema>;

/** Characters of a bad answer that an error shows. */
const shownLength = 200;

/**
 * What an answer says, as the schema has it.
 *
 * @throws BootError `bad-output` for half an answer, one of another protocol, or one that says something else
 */
export function understood<T>(schema: v.GenericSchema<unknown, T>, said: unknown, question: string): T {
  const result = v.safeParse(schema, said);
  if (result.success) return result.output;
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  throw new BootError("bad-output", `zinit answered ${question} with ${shown}`, { command: question });
}

/** The JSON of an answer; one that is none is left as it is, for the schema to refuse. */
export function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}
