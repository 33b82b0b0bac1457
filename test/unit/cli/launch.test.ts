import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Functions, for V8 to have something to keep. */
const programOf = (word: string) =>
  `${Array.from({ length: 200 }, (_, index) => `const f${index} = (x) => { let s = ${index}; for (const c of x) s += c.length; return s; };`).join("\n")}
let sum = 0; for (const f of [${Array.from({ length: 200 }, (_, index) => `f${index}`).join()}]) sum += f(["a"]);
console.log("${word}", sum, require("node:path").sep, programUrl.endsWith("/program.cjs"));`;

let folder: string;
let cache: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "launch-"));
  cache = join(folder, `program.cjs.${process.version}.cache`);
  const entryPoints = [{ in: "src/cli/launch.ts", out: "zos-boot" }];
  const kind = { bundle: true, platform: "node", format: "esm", target: "node20" } as const;
  await build({ absWorkingDir: root, entryPoints, outdir: folder, outExtension: { ".js": ".mjs" }, ...kind });
  put("one");
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(word: string) {
  writeFileSync(join(folder, "program.cjs"), programOf(word));
}

/** What the program says. */
function launch(command: string): string {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [join(folder, "zos-boot.mjs"), command], {
    encoding: "utf8",
  });
  expect({ stderr, signal }).toEqual({ stderr: "", signal: null });
  return stdout;
}

const said = (word: string) => `${word} 20100 / true\n`;
const inode = () => statSync(cache).ino;

test("a boot leaves what was compiled, and the next one takes it as it is", () => {
  expect(launch("up")).toBe(said("one"));
  const before = inode();
  expect(launch("up")).toBe(said("one"));
  expect(inode()).toBe(before);
});

test("what is no boot leaves nothing", () => {
  expect(launch("status")).toBe(said("one"));
  expect(existsSync(cache)).toBe(false);
});

test("what was compiled of another program of the same length is not taken, and renewed", () => {
  launch("up");
  put("two");
  expect(launch("status")).toBe(said("two"));
  const before = inode();
  expect(launch("up")).toBe(said("two"));
  expect(inode()).not.toBe(before);
});

test.each([
  ["damaged", (bytes: Buffer) => bytes.fill(0, bytes.length / 2, bytes.length / 2 + 400)],
  ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["empty", () => Buffer.alloc(0)],
  ["zeros alone", (bytes: Buffer) => Buffer.alloc(bytes.length)],
])("a cache that is %s harms nobody, and is renewed", (_, spoil) => {
  launch("up");
  const good = readFileSync(cache);
  writeFileSync(cache, spoil(Buffer.from(good)));
  expect(launch("status")).toBe(said("one"));
  expect(launch("up")).toBe(said("one"));
  const before = inode();
  launch("up");
  expect(inode()).toBe(before);
});

test("a cache that others may write is not taken", () => {
  launch("up");
  chmodSync(cache, 0o666);
  const before = inode();
  expect(launch("up")).toBe(said("one"));
  expect(inode()).not.toBe(before);
  expect(statSync(cache).mode & 0o777).toBe(0o644);
});
