import { expect, test } from "vitest";
import { defaultSettings, parseConfig, readConfig } from "../../src/config.ts";
import { BootError } from "../../src/errors.ts";

/** The error that a configuration gives. */
function refusalOf(text: string): BootError {
  try {
    parseConfig(text, "zos-boot.yaml");
  } catch (error) {
    if (error instanceof BootError) return error;
  }
  throw new Error(`accepted: ${text}`);
}

test("an empty file is the default configuration", () => {
  expect(parseConfig("", "zos-boot.yaml")).toEqual(defaultSettings);
});

test("a key that is given replaces its default, and no other", () => {
  expect(parseConfig("isolation: move\n", "zos-boot.yaml")).toEqual({ ...defaultSettings, isolation: "move" });
});

test.each([
  ["isolation: teleport", 'zos-boot.yaml: isolation: "teleport" is not auto, passthru or move'],
  [
    "probeTimeoutMs: soon",
    'zos-boot.yaml: probeTimeoutMs: "soon" is not a whole number of milliseconds from 1000 to 600000',
  ],
  [
    "probeTimeoutMs: 999",
    "zos-boot.yaml: probeTimeoutMs: 999 is not a whole number of milliseconds from 1000 to 600000",
  ],
  ["reachTargets: []", "zos-boot.yaml: reachTargets: [] is not at least one target"],
  ["reachTargets: [hub]", 'zos-boot.yaml: reachTargets.0: "hub" is not HOST:PORT, IPV4:PORT or [IPV6]:PORT'],
  ["nicKinds: [Physical]", 'zos-boot.yaml: nicKinds.0: "Physical" is not a kind of link such as physical or veth'],
])("%s is refused by key, value and what would be accepted", (text, message) => {
  const refusal = refusalOf(text);
  expect(refusal.message).toBe(message);
  expect(refusal.code).toBe("bad-config");
});

test("an unknown key is refused with those that are known", () => {
  expect(refusalOf("isolaton: move").message).toMatch(/^zos-boot\.yaml: unknown key isolaton; known are isolation, /);
});

test("every fault of a file is named at once", () => {
  expect(refusalOf("isolation: x\npreferPrivateMs: -1\n").message.split("\n")).toHaveLength(2);
});

test.each(["[1, 2]", "just words", "isolation: [unclosed"])("%s is no configuration", (text) => {
  expect(refusalOf(text).code).toBe("bad-config");
});

test("a file that was named must exist", async () => {
  await expect(readConfig("/nowhere/zos-boot.yaml")).rejects.toThrow("/nowhere/zos-boot.yaml does not exist");
});
