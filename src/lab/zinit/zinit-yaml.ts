import { readFile, readdir } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { splitWords } from "./split-words.ts";

const signalName = v.pipe(
  v.string(),
  v.toUpperCase(),
  v.check((name) => Object.hasOwn(constants.signals, name), "a signal"),
  v.transform((name) => name as NodeJS.Signals),
);

/** A service as /etc/zinit/NAME.yaml has it (src/zinit/config.rs of zinit 0.2); here an unknown key is an error. */
const schema = v.strictObject({
  exec: v.pipe(v.string(), v.nonEmpty("missing exec directive"), v.check(canBeSplit, "failed to parse command")),
  test: v.optional(v.string(), ""),
  oneshot: v.optional(v.boolean(), false),
  shutdown_timeout: v.optional(v.number(), 10),
  after: v.optional(v.array(v.string()), []),
  signal: v.optional(v.strictObject({ stop: signalName }), { stop: "SIGTERM" }),
  log: v.optional(v.picklist(["none", "ring", "stdout"]), "ring"),
  env: v.optional(v.record(v.string(), v.string()), {}),
  dir: v.optional(v.string(), ""),
});
export type Definition = v.InferOutput<typeof schema>;

function canBeSplit(line: string): boolean {
  return (splitWords(line)?.length ?? 0) > 0;
}

/** Reads a service's file; throws when there is none, or it is not as zinit takes it. */
export async function loadDefinition(directory: string, name: string): Promise<Definition> {
  return v.parse(schema, parse(await readFile(join(directory, `${name}.yaml`), "utf8")));
}

/** The names of all services that have a file. */
export async function definedServices(directory: string): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => file.slice(0, -".yaml".length));
}
