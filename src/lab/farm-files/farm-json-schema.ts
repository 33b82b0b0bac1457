import { toJsonSchema } from "@valibot/to-json-schema";
import { farmSchema } from "./farm-file.ts";

/** The text of docs/farm.schema.json: what `zos-boot lab --farm` takes, as JSON Schema (draft 2020-12). */
export function farmJsonSchema(): string {
  const options = { target: "draft-2020-12", typeMode: "input", errorMode: "ignore" } as const;
  const { $schema, ...schema } = toJsonSchema(farmSchema, options);
  const title = "A farm for zos-boot lab --farm";
  const description = [
    "Networks, the node's NICs in them, what happens there later, and what must come of it. A text that something must say",
    "(`matches`, `says`, `reasons`) is looked for as it stands, or as a regular expression where it is written /like this/i.",
  ].join(" ");
  return `${JSON.stringify({ $schema, title, description, ...schema }, null, 2)}\n`;
}
