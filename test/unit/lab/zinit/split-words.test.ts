import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "../../../../src/lab/zinit/split-words.ts";
import { quoteWords } from "../../../../src/policy/shell-words.ts";
import { run } from "../../../../src/os/run.ts";

const word = fc.string({ unit: fc.constantFrom(...Array.from("aZ0-_/.'\"\\ \t\n$`*?{}();&|<>~#!é")) });

test("words that are quoted are taken apart into the same words again", () => {
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitWords(quoteWords(words))).toEqual(words);
    }),
  );
});

test("a shell takes them apart in the same way", async () => {
  const words = ["plain", "two words", "it's", '"$HOME"', "`id`", "a\\b", "", "*", "new\nline"];
  const { stdout } = await run(["sh", "-c", `printf '%s\\0' ${quoteWords(words)}`]);
  expect(stdout.split("\0").slice(0, -1)).toEqual(words);
});

test.each(["'open", '"open', "back\\"])("%s is no line of words", (line) => {
  expect(splitWords(line)).toBeNull();
});
