import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { StreamRecord, TransitionRecord } from "../../src/inspect/recording/records.ts";
import type { Status } from "../../src/program/status-file.ts";
import { readRecording } from "../../src/inspect/recording/recording-file.ts";
import { bundle, startLab } from "./lab-process.ts";
import { until } from "./machine.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (skipped: needs root for network namespaces)";

function recordingFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "see-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "boot.jsonl");
}

/** Follows a stream from its beginning; gone when the test has finished. */
async function follow(url: string): Promise<() => StreamRecord[]> {
  const asked = get(`${url}stream`, { agent: false });
  onTestFinished(() => {
    asked.destroy();
  });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let said = "";
  response.on("data", (chunk: Buffer) => (said += chunk.toString())).on("error", () => undefined);
  return () =>
    [...said.matchAll(/^id: .*\ndata: (.*)\n\n/gm)].map(([, line]) => JSON.parse(line ?? "") as StreamRecord);
}

/** What the log of the boot says of each microstep, which it is told by XState itself. */
function loggedSteps(log: string): string[] {
  const lines = log.trim().split("\n");
  const steps = lines.map((line) => JSON.parse(line) as { actor?: string; state?: string; event?: string });
  return steps.flatMap(({ actor, state, event }) => (state === undefined ? [] : [`${actor} ${event} ${state}`]));
}

const isTransition = (record: StreamRecord): record is TransitionRecord => record.type === "transition";

/** The log tells nothing of where a machine begins. */
function recordedSteps(records: StreamRecord[]): string[] {
  const later = records.filter(isTransition).filter(({ event, taken }) => event !== "xstate.init" || taken.length > 0);
  return later.map(({ actor, event, state }) => {
    const paths = state.map((id) => id.split(".").slice(1).join("."));
    return `${actor.split("/").at(-1)} ${event} ${paths.join(" ")}`;
  });
}

/** `listen.(v4.known v6.solicit)` as the paths of its regions. */
function regionsOf(step: string): string {
  const [, before = "", parent = "", regions = ""] = /^(.* )(\S*?)\.?\((.*)\)$/.exec(step) ?? [];
  if (regions === "") return step;
  return `${before}${regions
    .split(" ")
    .map((region) => `${parent}.${region}`)
    .join(" ")}`;
}

/** Runs `up` where somebody else has the port of its page. */
const upBesideServer = `
  const { spawn } = require("node:child_process");
  const { existsSync } = require("node:fs");
  require("node:net").createServer().listen(7332, "127.0.0.1", () => {
    const up = spawn(process.execPath, [process.argv[1], "up", "--inspect"], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    up.stderr.on("data", (chunk) => (stderr += chunk));
    up.on("close", (status) => {
      console.log(JSON.stringify({ status, stderr, isTouched: existsSync("/run/zos-boot") }));
      process.exit();
    });
  });
`;

const addressIn = (text: string) => /see the \w+: (http:\S+)/.exec(text)?.[1];

describe.skipIf(!isRoot)(`a boot that is seen and recorded${needsRoot}`, () => {
  test("is told completely: each transition once, the last states those of its status, live as later", async () => {
    const file = recordingFile();
    const lab = startLab(["home-dual", "--keep", "--inspect=127.0.0.1:0", "--record", file]);
    const url = await until(
      () => addressIn(lab.stdout()),
      (found) => found !== undefined,
    );
    const live = await follow(url ?? "");
    await until(lab.stdout, (stdout) => stdout.includes("nsenter --target"));
    const [, pid] = /nsenter --target (\d+)/.exec(lab.stdout()) ?? [];
    const root = `/proc/${pid}/root/run`;
    const read = () => ({
      status: JSON.parse(readFileSync(`${root}/zos-boot/status.json`, "utf8")) as Status,
      logged: loggedSteps(readFileSync(`${root}/zos-boot-lab/up.log`, "utf8")).map(regionsOf),
      recorded: recordedSteps(live()),
    });
    // The three are read one after the other, and a node that is online goes on to live.
    const { status, logged, recorded } = await until(read, (now) => now.logged.length === now.recorded.length);
    expect(recorded).toEqual(logged);
    const last = new Map(
      live()
        .filter(isTransition)
        .map(({ actor, state }) => [actor, state]),
    );
    expect(last.get("boot/networkd/online")).toEqual([status.detail]);
    expect(status.state).toBe("online");

    process.kill(-lab.pid, "SIGINT");
    expect(await lab.ended).toBe(130);
    const records = await readRecording(file);
    expect(records.slice(0, live().length)).toEqual(live());
    expect(records.length).toBe(live().length);
    await expectReplayed(file, records);
  });

  test("is told with its addresses masked, and its report alone is on stdout", async () => {
    const file = recordingFile();
    const lab = startLab(["dc-dual", "--json", "--redact", "--inspect=127.0.0.1:0", "--record", file]);
    expect(await lab.ended, lab.stderr()).toBe(0);
    expect(JSON.parse(lab.stdout())).toMatchObject({ layout: "dc-dual", outcome: "online" });
    expect(addressIn(lab.stderr())).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const records = await readRecording(file);
    expect(records.at(-1)?.type).toBe("end");
    const last = new Map(records.filter(isTransition).map(({ actor, state }) => [actor, state]));
    expect(last.get("boot")).toEqual(["boot.stopped"]);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/"address":"192\.0\.2\.\d+"/);
    expect(text).not.toMatch(/02:00:00:00:01:00|203\.0\.113\.1\d\b|2001:db8:1[0-9a-f]*:/);
  });

  test("is recorded up to the moment in which everything is killed", async () => {
    const file = recordingFile();
    const lab = startLab(["home-v4", "--record", file]);
    const hasProbed = (text: string) => text.includes('"machine":"probe"');
    await until(() => (existsSync(file) ? readFileSync(file, "utf8") : ""), hasProbed);
    lab.signal("SIGKILL");
    await lab.ended;
    const records = await readRecording(file);
    expect(records[0]).toMatchObject({ type: "start", hostname: "node" });
    expect(records.some(({ type }) => type === "end")).toBe(false);
  });

  test("does not begin when its page cannot be served: the node is not touched", async () => {
    const up = spawn(
      process.execPath,
      [bundle, "lab", "sandbox", "--", process.execPath, "-e", upBesideServer, bundle],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let stdout = "";
    up.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    await once(up, "close");
    expect(JSON.parse(stdout)).toEqual({
      status: 69,
      stderr: expect.stringContaining("port 7332 is in use") as string,
      isTouched: false,
    });
  });
});

async function expectReplayed(file: string, records: StreamRecord[]): Promise<void> {
  const replay = spawn(process.execPath, [bundle, "replay", file, "--inspect=127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    replay.kill("SIGKILL");
  });
  let stdout = "";
  replay.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const url = await until(
    () => addressIn(stdout),
    (found) => found !== undefined,
  );
  const replayed = await follow(url ?? "");
  await until(replayed, (all) => all.length === records.length);
  expect(replayed()).toEqual(records);
  const page = await fetch(url ?? "");
  expect(await page.text()).toContain("<!doctype html>");
  replay.kill("SIGINT");
  expect(await once(replay, "exit")).toEqual([0, null]);
}

describe("the command line", () => {
  test.each([
    [["replay", "/nowhere.jsonl"], 64, "the recording cannot be read"],
    [["replay", bundle], 64, "zos-boot.mjs, line 1: this is no JSON"],
    [["lab", "--inspect", "home-dual"], 64, '"home-dual" is not HOST:PORT'],
  ])("refuses %j with %i", async (args, code, message) => {
    const child = spawn(process.execPath, [bundle, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await once(child, "close")).toEqual([code, null]);
    expect(stderr).toContain(message);
  });
});
