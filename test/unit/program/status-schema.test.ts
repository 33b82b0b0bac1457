import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { statusJsonSchema } from "../../../src/program/status-json-schema.ts";

const file = fileURLToPath(new URL("../../../docs/status.schema.json", import.meta.url));

test("the published schema of the status is that of the program", () => {
  expect(readFileSync(file, "utf8"), "docs/status.schema.json is out of date: run `npm run docs`").toBe(
    statusJsonSchema(),
  );
});
