import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/cli/duration.ts";
import { statusCommand } from "../../../src/cli/status.ts";

describe("a length of time", () => {
  test.each([
    ["0s", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["2147483647ms", 2_147_483_647],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "30", "s", "-1s", "1.5s", "30 s", "30S", "1d", "2147483648ms", "999999999999h", "30s30s", "1e3s"])(
    "%j is none",
    (text) => {
      expect(() => parseDuration(text)).toThrow("such as 500ms, 30s, 2m or 1h");
    },
  );
});

/** What the command line is refused with. */
async function refusalOf(...args: string[]): Promise<string> {
  const command = statusCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const error: unknown = await command.parseAsync(args, { from: "user" }).catch((each: unknown) => each);
  if (error instanceof CommanderError && error.exitCode !== 0) return error.message;
  throw new Error("it was accepted");
}

test.each([
  [["--wait", "onlin"], "argument 'onlin' is invalid. Allowed choices are awaitUplink, recover, probe, "],
  [["--wait", "online", "--timeout", "soon"], "argument 'soon' is invalid. a length of time such as 500ms"],
  [["--timeout", "30s"], "'--timeout <duration>' needs --wait <state>"],
  [["--metrics", "--json"], "cannot be used with option '--json'"],
  [["--watch", "--wait", "online"], "cannot be used with option '--watch'"],
])("%j is refused, and named", async (args, words) => {
  expect(await refusalOf(...args)).toContain(words);
});
