import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const exported = /^export (?:async )?(?:function|const|interface|type|class) (\w+)/;

/** Every export of a file, and whether a docstring stands before it. */
function exportsOf(file: string): { name: string; isDocumented: boolean }[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const name = exported.exec(line)?.[1];
    return name === undefined
      ? []
      : [{ name: `${file}: ${name}`, isDocumented: lines[index - 1]?.endsWith("*/") === true }];
  });
}

test("at least 95 % of all exported functions, types and constants say what they are", () => {
  const files = ["src", "effects", "machines"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  const all = files.filter((file) => /\.tsx?$/.test(file)).flatMap(exportsOf);
  const silent = all.filter(({ isDocumented }) => !isDocumented).map(({ name }) => name);
  expect(all.length).toBeGreaterThan(500);
  expect(silent.length, silent.join("\n")).toBeLessThanOrEqual(all.length * 0.05);
});
