import type * as v from "valibot";
import { BootError } from "../errors.ts";
import { readText } from "./files.ts";
import { parseJson } from "./ip.ts";

/** What an earlier run has kept in a file; null when there is none, or one that nobody understands, which is as if there were none. */
export async function readKeptJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T | null> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return parseJson(schema, text, path);
  } catch (error) {
    if (error instanceof BootError) return null;
    throw error;
  }
}
