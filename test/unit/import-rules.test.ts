import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where a line of code stands, and which rule forbids it there (null: allowed). */
type Case = [file: string, code: string, rule: string | null];

const imports = "eslint(no-restricted-imports)";
const globals = "eslint(no-restricted-globals)";
const properties = "eslint(no-restricted-properties)";

const cases: Case[] = [
  ["machines/a.ts", 'import "../effects/index.ts";', imports],
  ["machines/a.ts", 'import type { A } from "../effects/index.ts";', imports],
  ["machines/a.ts", 'export { a } from "../src/os/run.ts";', imports],
  ["machines/a.ts", 'export * from "../src/program/compose.ts";', imports],
  ["machines/a.ts", 'import "../src/lab/layouts/catalogue.ts";', imports],
  ["machines/a.ts", 'import "../src/program/log.ts";', imports],
  ["machines/a.ts", 'import "node:child_process";', imports],
  ["machines/a.ts", 'import "pino";', imports],
  ["machines/a.ts", 'import "node:fs";', imports],
  ["machines/a.ts", 'import "node:timers/promises";', imports],
  ["machines/a.ts", 'import "fs";', imports],
  ["machines/a.ts", 'export const a = await import("node:child_process");', imports],
  ["machines/a.ts", 'import { setup } from "xstate";', null],
  ["machines/a.ts", 'import { b } from "./b.ts";', null],
  ["machines/a.ts", 'import type { A } from "../src/contract.ts";', null],
  ["machines/a.ts", 'import { BootError } from "../src/errors.ts";', null],
  ["machines/a.ts", 'import { names } from "../src/policy/names.ts";', null],

  ["effects/a.ts", 'import "xstate";', imports],
  ["effects/a.ts", 'import "../machines/boot.ts";', imports],
  ["effects/a.ts", 'import type { A } from "../machines/boot.ts";', imports],
  ["effects/a.ts", 'import "node:child_process";', imports],
  ["effects/a.ts", 'export const a = await import("../machines/boot.ts");', imports],
  ["effects/a.ts", 'import "node:fs/promises";', imports],
  ["effects/a.ts", 'import "../src/lab/layouts/catalogue.ts";', imports],
  ["effects/a.ts", 'import "../src/cli/output.ts";', imports],
  ["effects/a.ts", 'import { run } from "../src/os/run.ts";', null],
  ["effects/a.ts", 'import { names } from "../src/policy/names.ts";', null],
  ["effects/a.ts", 'import type { A } from "../src/contract.ts";', null],
  ["effects/a.ts", 'import { BootError } from "../src/errors.ts";', null],
  ["effects/index.ts", 'export { a } from "./a.ts";', null],

  ["src/policy/a.ts", 'import "node:crypto";', imports],
  ["src/policy/a.ts", 'import "../os/run.ts";', imports],
  ["src/policy/a.ts", 'import "../../machines/boot.ts";', imports],
  ["src/policy/a.ts", 'import "../../effects/index.ts";', imports],
  ["src/policy/a.ts", 'import "xstate";', imports],
  ["src/policy/a.ts", 'import { a } from "../contract.ts";', imports],
  ["src/policy/a.ts", 'import type { A } from "../contract.ts";', null],
  ["src/policy/a.ts", 'import ipaddr from "ipaddr.js";', null],
  ["src/policy/a.ts", 'import { BootError } from "../errors.ts";', null],
  ["src/policy/a.ts", 'import { b } from "./b.ts";', null],
  ["src/policy/a.ts", "export const a = Date.now();", globals],
  ["src/policy/a.ts", "export const a = new Date();", globals],
  ["src/policy/a.ts", "export const a = performance.now();", globals],
  ["src/policy/a.ts", "export const a = globalThis.Date.now();", globals],
  ["src/policy/a.ts", "export const a = crypto.randomUUID();", globals],
  ["src/policy/a.ts", "export const a = process.env;", globals],
  ["src/policy/a.ts", "export const a = setTimeout(String, 1);", globals],
  ["src/policy/a.ts", "export const a = Math.random();", properties],
  ["src/policy/a.ts", "export const { random } = Math;", properties],
  ["src/policy/a.ts", "export const a = Math.max(1, 2);", null],
  ["machines/a.ts", "export const a = Math.random();", null],

  ["src/os/a.ts", 'import "node:child_process";', imports],
  ["src/os/run.ts", 'import { spawn } from "node:child_process";', null],
  ["src/os/run.ts", 'import "execa";', imports],
  ["src/lab/farm/a.ts", 'import { spawn } from "node:child_process";', null],
  ["src/lab/running/a.ts", 'import "execa";', null],
  ["src/os/a.ts", 'import "undici";', imports],
  ["src/os/registrar-http.ts", 'export const a = await import("undici");', null],
  ["src/os/registrar-http.ts", 'import "node:child_process";', imports],
  ["src/os/a.ts", 'import "../../machines/boot.ts";', imports],
  ["src/os/run.ts", 'import "../../machines/boot.ts";', imports],
  ["src/os/a.ts", 'import "../../effects/index.ts";', imports],
  ["src/os/run.ts", 'import "../../effects/index.ts";', imports],
  ["src/os/a.ts", 'import "xstate";', imports],
  ["src/os/a.ts", 'import "../lab/layouts/catalogue.ts";', imports],
  ["src/os/a.ts", 'import { readFile } from "node:fs/promises";', null],
  ["src/os/a.ts", 'import { join } from "node:path";', null],
  ["src/os/a.ts", 'import * as v from "valibot";', null],
  ["src/os/a.ts", 'import { names } from "../policy/names.ts";', null],

  ["src/contract.ts", 'import type { A } from "xstate";', imports],
  ["src/errors.ts", 'import { a } from "./version.ts";', imports],

  ["src/program/a.ts", 'import "node:child_process";', imports],
  ["src/program/a.ts", 'import "../cli/main.ts";', imports],
  ["src/program/compose.ts", 'import "../cli/output.ts";', imports],
  ["src/program/compose.ts", 'import { bootMachine } from "../../machines/boot.ts";', null],
  ["src/config/a.ts", 'import "../cli/main.ts";', imports],

  ["src/lab/layouts/a.ts", 'import "node:child_process";', imports],
  ["src/lab/layouts/a.ts", 'import { a } from "../farm/node.ts";', imports],
  ["src/lab/zinit/a.ts", 'import { a } from "../farm/node.ts";', imports],
  ["src/lab/layouts/a.ts", 'import { a } from "../scenarios/catalogue.ts";', imports],
  ["src/lab/farm-files/a.ts", 'import "../farm/farm.ts";', imports],
  ["src/lab/farm-files/a.ts", 'import "../running/play.ts";', imports],
  ["src/lab/farm-files/a.ts", 'import "../scenarios/parts.ts";', null],
  ["src/lab/farm/a.ts", 'import "../farm-files/farm-file.ts";', imports],
  ["src/lab/scenarios/a.ts", 'import { a } from "../layouts/layout.ts";', null],
  ["src/lab/scenarios/a.ts", 'import { a } from "../farm/node.ts";', imports],
  ["src/lab/scenarios/a.ts", 'import type { A } from "../running/scene.ts";', imports],
  ["src/lab/farm/a.ts", 'import { a } from "../scenarios/scenario.ts";', imports],
  ["src/lab/proving/a.ts", 'import type { A } from "../scenarios/scenario.ts";', null],
  ["src/lab/farm/a.ts", 'import { a } from "../layouts/layout.ts";', null],
  ["src/lab/farm/a.ts", 'import { a } from "../zinit/protocols.ts";', null],
  ["src/lab/farm/a.ts", 'import { a } from "../proving/proof.ts";', imports],
  ["src/lab/proving/a.ts", 'import { a } from "../farm/node.ts";', null],
  ["src/lab/proving/a.ts", 'import type { A } from "../running/lab-report.ts";', imports],
  ["src/lab/running/a.ts", 'import { a } from "../proving/proof.ts";', null],
  ["src/lab/running/a.ts", 'import "../../cli/main.ts";', imports],
  ["src/lab/running/a.ts", 'import { a } from "../bench/statistics.ts";', imports],
  ["src/lab/proving/a.ts", 'import { a } from "../bench/statistics.ts";', imports],
  ["src/lab/bench/a.ts", 'import { a } from "../running/scene.ts";', null],
  ["src/lab/bench/a.ts", 'import "../../cli/main.ts";', imports],
  ["src/lab/bench/a.ts", 'import "node:child_process";', imports],

  ["src/inspect/chart/a.ts", 'import "node:fs";', imports],
  ["src/inspect/chart/a.ts", 'import { a } from "../drawing/svg.ts";', imports],
  ["src/inspect/chart/a.ts", 'import "../../os/run.ts";', imports],
  ["src/inspect/chart/a.ts", 'import { bootMachine } from "../../../machines/boot.ts";', null],
  ["src/inspect/drawing/a.ts", 'import { a } from "../chart/chart.ts";', null],
  ["src/inspect/drawing/a.ts", 'import "node:fs";', imports],
  ["src/inspect/drawing/a.ts", 'import type { A } from "../recording/records.ts";', imports],
  ["src/inspect/recording/a.ts", 'import { a } from "../chart/chart.ts";', null],
  ["src/inspect/recording/a.ts", 'import { a } from "../../os/run.ts";', null],
  ["src/inspect/recording/a.ts", 'import "node:child_process";', imports],
  ["src/inspect/recording/a.ts", 'import { a } from "../drawing/svg.ts";', imports],
  ["src/inspect/recording/a.ts", 'import type { A } from "../page/server/feed.ts";', imports],
  ["src/inspect/recording/a.ts", 'import "../../../effects/index.ts";', imports],
  ["src/inspect/page/server/a.ts", 'import { createServer } from "node:http";', null],
  ["src/inspect/page/server/a.ts", 'import { a } from "../../recording/backlog.ts";', null],
  ["src/inspect/page/server/a.ts", 'import { a } from "../model/history.ts";', imports],
  ["src/inspect/page/server/a.ts", 'import "../../../cli/main.ts";', imports],
  ["src/inspect/page/model/a.ts", 'import "node:fs";', imports],
  ["src/inspect/page/model/a.ts", 'import * as v from "valibot";', imports],
  ["src/inspect/page/model/a.ts", 'import { messageOf } from "../../../errors.ts";', imports],
  ["src/inspect/page/model/a.ts", 'import { recordSchema } from "../../recording/records.ts";', imports],
  ["src/inspect/page/model/a.ts", 'import { withChanges } from "../../recording/changes.ts";', null],
  ["src/inspect/page/model/a.ts", 'import { stepNames } from "../../../policy/steps.ts";', null],
  ["src/inspect/page/model/a.ts", 'import { a } from "../view/store.ts";', imports],
  ["src/inspect/page/view/a.tsx", 'import { allStates } from "../../chart/chart.ts";', null],
  ["src/inspect/page/view/a.tsx", 'import { stepBars } from "../model/step-bars.ts";', null],
  ["src/inspect/page/view/a.tsx", 'import type { StreamRecord } from "../../recording/records.ts";', null],
  ["src/inspect/page/view/a.tsx", 'import { render } from "preact";', null],
  ["src/inspect/page/view/a.tsx", 'import { useState } from "preact/hooks";', null],

  ["src/cli/a.ts", 'import { a } from "../lab/running/boot-layout.ts";', null],
  ["src/cli/a.ts", 'import { a } from "./output.ts";', null],
  ["src/cli/a.ts", 'import "node:child_process";', imports],
];

/** Where the linter found what: one string for each file and rule. */
let findings: Set<string>;
let directory: string;

/** Each case in a copy of the layout of its own, so that files do not stand in each other's way. */
const caseFile = (index: number, file: string) => join(`case${index}`, file);

beforeAll(() => {
  const config = readFileSync(join(root, ".oxlintrc.json"), "utf8").replace(/"options": \{[^}]*\},/, ""); // for roots only
  directory = mkdtempSync(join(tmpdir(), "import-rules-"));
  for (const [index, [file, code]] of cases.entries()) {
    const path = join(directory, caseFile(index, file));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\n`);
    writeFileSync(join(directory, `case${index}`, ".oxlintrc.json"), config);
  }
  findings = lint(directory);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Import rules need no types, and without them the linter is done in no time. */
function lint(cwd: string): Set<string> {
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const { stdout, stderr } = spawnSync(oxlint, ["--format", "json"], { cwd, encoding: "utf8" });
  if (!stdout.startsWith("{")) throw new Error(`oxlint did not run: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  return new Set(diagnostics.map(({ filename, code }) => `${filename} ${code}`));
}

describe("the linter keeps the table of who may import whom", () => {
  for (const [index, [file, code, rule]] of cases.entries()) {
    test(`${file} ${rule === null ? "may" : "must not"} contain ${code}`, () => {
      const found = [imports, globals, properties].filter((each) => findings.has(`${caseFile(index, file)} ${each}`));
      expect(found).toEqual(rule === null ? [] : [rule]);
    });
  }
});
