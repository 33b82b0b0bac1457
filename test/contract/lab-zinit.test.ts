import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentArgv } from "../../src/lab/farm/agent-command.ts";
import { type Program, startProgram } from "../../src/lab/farm/program.ts";
import { converse } from "../../src/os/line-socket.ts";
import { remove } from "../../src/os/files.ts";
import { callRpc } from "../../src/supervisor/json-rpc.ts";
import { zinitRpc } from "../../src/supervisor/zinit-rpc.ts";
import { zinitText } from "../../src/supervisor/zinit-text.ts";

const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));
const socket = "/run/zinit.sock";
const directory = "/etc/zinit";
const inTime = { timeout: 10_000, interval: 20 };

let zinit: Program;
const define = (name: string, text: string) => writeFile(`${directory}/${name}.yaml`, text);
const restart = async (protocol: string) => {
  zinit = await startProgram(agentArgv(bundle, "zinit", protocol), { isAnnounced: true });
};

beforeEach(() => mkdir(directory, { recursive: true }));
afterEach(async () => {
  await zinit.signal("SIGTERM");
  await zinit.exited;
  await remove(directory, socket, "/run/runs");
});

/** How often a service that leaves a line each time has run. */
const runs = async () => (await readFile("/run/runs", "utf8").catch(() => "")).split("\n").length - 1;
const leaveLine = (end: string) => `exec: sh -c "date +%s%3N >> /run/runs; ${end}"\n`;

describe.each([
  { protocol: "text", calls: zinitText(socket) },
  { protocol: "rpc", calls: zinitRpc(socket, "_") },
])("the lab's zinit, by $protocol,", ({ protocol, calls }) => {
  const stateOf = async (name: string) => (await calls.status(name)).state;

  test("never starts a one-shot again, and starts what comes after it", async () => {
    await define("once", `${leaveLine("exit 3")}oneshot: true\n`);
    await define("first", "exec: sh -c 'sleep 0.2'\noneshot: true\n");
    await define("then", "exec: sleep 1000\nafter: [first]\n");
    await restart(protocol);
    await expect.poll(() => stateOf("once"), inTime).toMatch(/^Error\(Exited\(Pid\(\d+\), 3\)\)$/);
    expect(await stateOf("then")).toBe("Blocked");
    await expect.poll(() => stateOf("then"), inTime).toBe("Running");
    expect(await stateOf("first")).toBe("Success");
    await define("clock", "exec: sh -c 'sleep 2.5'\noneshot: true\n");
    await calls.monitor("clock");
    await expect.poll(() => stateOf("clock"), inTime).toBe("Success");
    expect(await runs()).toBe(1);
  });

  test("starts a daemon again after 2 s, and not before", async () => {
    await define("daemon", leaveLine("exit 0"));
    await restart(protocol);
    await expect.poll(() => runs(), inTime).toBe(2);
    const [first = 0, second = 0] = (await readFile("/run/runs", "utf8")).split("\n").map(Number);
    expect(second - first).toBeGreaterThan(1_900);
  });

  test("says how a process ended, whether a service is wanted, and why it will not do something", async () => {
    await define("daemon", "exec: sleep 1000\n");
    await restart(protocol);
    await expect.poll(() => stateOf("daemon"), inTime).toBe("Running");
    await expect(calls.forget("daemon")).rejects.toMatchObject({ code: "command-failed" });
    await expect(calls.monitor("daemon")).rejects.toMatchObject({ code: "command-failed" });
    await calls.kill("daemon", "SIGKILL");
    await expect.poll(() => stateOf("daemon"), inTime).toMatch(/^Error\(Signaled\(Pid\(\d+\), SIGKILL, false\)\)$/);
    await calls.stop("daemon");
    expect(await calls.status("daemon")).toMatchObject({ pid: 0, target: "Down" });
    await calls.forget("daemon");
    expect(await calls.list()).toEqual({});
    await expect(calls.status("daemon")).rejects.toMatchObject({ code: "command-failed" });
  });

  test.each([
    "exec: 'sleep",
    "exec: ''\n",
    "exec: sleep 1\nrestart: always\n",
    "exec: sleep 1\nsignal: { stop: SIGNONE }\n",
  ])("takes no definition such as %j", async (text) => {
    await define("bad", text);
    await restart(protocol);
    await expect(calls.monitor("bad")).rejects.toMatchObject({ code: "command-failed" });
    expect(await calls.list()).toEqual({});
  });
});

test("the lab's zinit knows no other command, and no other number of words", async () => {
  await restart("text");
  for (const line of ["bogus", "status", "status a b", "constructor", "kill a", "'open"])
    expect(JSON.parse(await converse(socket, line))).toMatchObject({ state: "error" });
});

test("the lab's zinit knows no other method, and no other parameters", async () => {
  await restart("rpc");
  const codeOf = async (method: string, params: Record<string, unknown>) =>
    (await callRpc(socket, method, params)).error?.code;
  expect(await codeOf("service.list", {})).toBe(-32601);
  expect(await codeOf("service_constructor", {})).toBe(-32601);
  expect(await codeOf("service_status", {})).toBe(-32602);
  expect(await codeOf("service_kill", { name: "a", signal: 9 })).toBe(-32602);
  await expect(converse(socket, "list", 300)).rejects.toMatchObject({ code: "timeout" });
});
