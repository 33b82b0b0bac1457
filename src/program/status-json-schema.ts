import { toJsonSchema } from "@valibot/to-json-schema";
import { statusReportSchema } from "./status-schema.ts";

/** The text of docs/status.schema.json: what `zos-boot status --json` prints, as JSON Schema (draft 2020-12). */
export function statusJsonSchema(): string {
  const { $schema, ...schema } = toJsonSchema(statusReportSchema, { target: "draft-2020-12" });
  const title = "zos-boot status --json";
  const description = "What a node's boot tells of itself. New fields may come at any time; see `schema` for the rest.";
  return `${JSON.stringify({ $schema, title, description, ...schema }, null, 2)}\n`;
}
