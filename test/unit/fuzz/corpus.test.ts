import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FuzzTarget } from "../../fuzz/target.ts";

const directory = join(import.meta.dirname, "../../fuzz");
const names = readdirSync(directory).flatMap((file) => /^(.*)\.fuzz\.ts$/.exec(file)?.[1] ?? []);

test.each(names)("what fuzzing has found to make a difference does not break the parser of %s", async (name) => {
  const { target } = (await import(join(directory, `${name}.fuzz.ts`))) as { target: FuzzTarget };
  const kept = readdirSync(join(directory, "corpus", name)).map((file) =>
    readFileSync(join(directory, "corpus", name, file)),
  );
  expect(kept.length).toBeGreaterThan(0);
  for (const input of [...target.seeds, ...kept]) expect(() => target.run(Buffer.from(input))).not.toThrow();
});
