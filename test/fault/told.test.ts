import { open, readFile, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { isOnline, until, withFarm, zosBoot } from "./boot.ts";

/** Without a registrar, whose answers are told beside the steps. */
const { registrar: _, ...homeDual } = layoutNamed("home-dual");
const path = `${labDir}/told.txt`;

/** Boots a node to `online` with both streams in one file, and gives the lines that it told. */
async function linesOf(node: LabNode, environment: (id: string) => string[]): Promise<string[]> {
  const file = await open(path, "w");
  const { dev, ino } = await stat(path, { bigint: true });
  const argv = ["env", ...environment(`${dev}:${ino}`), ...zosBoot("up")];
  const up = await node.start(argv, { stdio: ["ignore", file.fd, file.fd] });
  await file.close();
  await until(node, isOnline);
  await up.signal("SIGTERM");
  expect(await up.exited).toBe(0);
  return (await readFile(path, "utf8")).trimEnd().split("\n");
}

const steps = ["recover", "probe", "selectGateway", "bridge", "register", "reach", "selectExit", "enroll", "ndmz"];
const all = [...steps, "waitIpv6", "nat", "prove", "online", "stopping", "stopped"];
const stepsIn = (lines: string[]) => lines.map((line) => /✔ (\w+)/.exec(line)?.[1] ?? line);

test("in systemd's journal each step is one line with a priority", () =>
  withFarm(homeDual, async ({ node }) => {
    const lines = await linesOf(node, (id) => [`JOURNAL_STREAM=${id}`]);
    expect(lines.filter((line) => !line.startsWith("<6>"))).toEqual([]);
    expect(stepsIn(lines)).toEqual(all);
  }));

test("where the journal is somebody else's each step is one line on stdout", () =>
  withFarm(homeDual, async ({ node }) => {
    const lines = await linesOf(node, () => ["JOURNAL_STREAM=1:1"]);
    expect(lines.filter((line) => line.startsWith("<"))).toEqual([]);
    expect(stepsIn(lines)).toEqual(all);
  }));
