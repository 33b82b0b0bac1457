import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endClients } from "../../src/os/lease-clients.ts";
import type { LeaseClient } from "../../src/contract.ts";
import { exitCode, exitCodeOf } from "../../src/errors.ts";
import { startProgram } from "../../src/lab/farm/program.ts";
import { remove } from "../../src/os/files.ts";
import { run } from "../../src/os/run.ts";
import { names } from "../../src/policy/names.ts";
import { zinitPlaces } from "../../src/supervisor/detect.ts";
import { openSupervisor } from "../../src/supervisor/open.ts";
import { readServices } from "../../src/supervisor/read-services.ts";
import { clientsFor } from "./clients.ts";
import { type Conduct, pretendZinit } from "./fake-zinit.ts";
import { subjects } from "./subjects.ts";

const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));
const socket = "/run/zinit.sock";
const places = zinitPlaces({});
const client: LeaseClient = {
  program: "dhcpcd",
  service: names.uplinkClient,
  iface: "zos",
  namespace: null,
  clientId: "ff:00:00:00:01:00:03:00:01:02:00:00:00:01:00",
  hostname: "node",
};

let close: () => Promise<void> = () => Promise.resolve();
const pretend = async (conduct: Conduct) => {
  close = await pretendZinit(socket, conduct);
};

beforeEach(() => mkdir("/etc/zinit", { recursive: true }));
afterEach(async () => {
  await close();
  close = () => Promise.resolve();
  await endClients(client);
  await remove(names.runDir, "/etc/zinit", socket);
});

describe("without a zinit", () => {
  test("that is asked for, the boot ends with 69 before it touches the node", async () => {
    const links = await run(["ip", "-j", "link"]);
    const up = await startProgram([process.execPath, bundle, "up", "--supervisor", "zinit"], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    expect(await up.exited).toBe(exitCode.unavailable);
    expect(await run(["ip", "-j", "link"])).toEqual(links);
  });

  test("the error names the sockets, and may be tried again", async () => {
    const error: unknown = await openSupervisor("zinit", { places }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error).toMatchObject({ message: expect.stringContaining("/run/zinit.sock") as string });
    expect(exitCodeOf(error)).toBe(exitCode.unavailable);
  });

  test("the program itself is the supervisor", async () => {
    expect((await openSupervisor("auto", { places })).kind).toBe("embedded");
  });

  test("the socket of one that ended is none", async () => {
    const { exited } = await startProgram([
      process.execPath,
      "-e",
      `require("net").createServer().listen("${socket}", () => process.kill(process.pid, "SIGKILL"))`,
    ]);
    await exited;
    expect((await openSupervisor("auto", { places })).kind).toBe("embedded");
  });

  test("a service that it had is told to be unknown, with the reason", async () => {
    const [service] = await readServices("zinit-text");
    expect(service).toMatchObject({ service: "dhcp-zos", state: "unknown" });
    expect(service?.detail).toContain("none listens");
  });
});

test("the socket may be named by the environment", () => {
  expect(zinitPlaces({ ZINIT_SOCKET: "/elsewhere.sock" }).sockets).toEqual(["/elsewhere.sock"]);
  expect(zinitPlaces({ ZINIT_SOCKET: "" }).sockets).toContain(socket);
});

test("a zinit whose methods have dots in their names is understood too", async () => {
  const asked: string[] = [];
  await pretend((to, line) => {
    const { id, method } = JSON.parse(line) as { id: number; method: string };
    asked.push(method);
    const said = method === "service.list" ? { result: {} } : { error: { code: -32601, message: "Method not found" } };
    to.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...said })}\n`);
  });
  const supervisor = await openSupervisor("auto", { places });
  expect(supervisor.kind).toBe("zinit-rpc");
  expect(await supervisor.state(client.service)).toMatchObject({ state: "absent" });
  expect(asked).toEqual(["system.ping", "service_list", "service.list", "service.list"]);
});

describe("a zinit is refused", () => {
  test.each<{ that: string; conduct: Conduct; code: string }>([
    { that: "accepts and never answers", conduct: () => undefined, code: "timeout" },
    { that: "closes without an answer", conduct: (to) => to.end(), code: "bad-output" },
    { that: "gives half an answer and closes", conduct: (to) => to.end('{"state":"o'), code: "bad-output" },
    { that: "gives half an answer and waits", conduct: (to) => to.write('{"state":"o'), code: "timeout" },
    { that: "answers in no protocol", conduct: (to) => to.end("HTTP/1.1 400 Bad Request\r\n\r\n"), code: "bad-output" },
    { that: "answers without an end", conduct: (to) => to.write("x".repeat(2 << 20)), code: "bad-output" },
    {
      that: "has a version that nobody knows",
      conduct: (to) => to.write('{"jsonrpc":"2.0","id":1,"result":{"version":"0.4.0"}}\n'),
      code: "unsupported",
    },
    {
      that: "has no method to list services",
      conduct: (to) => to.write('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}\n'),
      code: "unsupported",
    },
  ])("that $that", async ({ conduct, code }) => {
    await pretend(conduct);
    await expect(openSupervisor("auto", { places })).rejects.toMatchObject({ code });
  });

  test("that answers in the other protocol from one question to the next", async () => {
    await pretend((to) => to.end('{"state":"error","body":"unknown command"}'));
    const supervisor = await openSupervisor("auto", { places });
    expect(supervisor.kind).toBe("zinit-text");
    await close();
    await pretend((to) => to.write('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}\n'));
    await expect(supervisor.ensure(client)).rejects.toMatchObject({ code: "bad-output" });
  });

  test("whose list is something else", async () => {
    await pretend((to, line) =>
      to.end(line === "list" ? '{"state":"ok","body":[1,2]}' : '{"state":"error","body":"unknown command"}'),
    );
    const supervisor = await openSupervisor("auto", { places });
    await expect(supervisor.state(client.service)).rejects.toMatchObject({ code: "bad-output" });
  });
});

describe.each(subjects.filter(({ kind }) => ["zinit-text", "zinit-rpc"].includes(kind)))("under $kind", (subject) => {
  beforeEach(async () => {
    await run(["ip", "link", "add", "zos", "up", "type", "veth", "peer", "name", "port"]);
    await run(["ip", "link", "set", "port", "up"]);
  });
  afterEach(() => run(["ip", "link", "del", "zos"]));

  test("a client that runs is left alone when its new definition cannot be written", async () => {
    const supervisor = await subject.open();
    await supervisor.ensure(client);
    await expect.poll(() => clientsFor("zos"), { timeout: 10_000 }).toHaveLength(1);
    const before = [await clientsFor("zos"), await readFile("/etc/zinit/dhcp-zos.yaml", "utf8")];
    await run(["mount", "--bind", "/etc/zinit", "/etc/zinit"]);
    await run(["mount", "-o", "remount,bind,ro", "/etc/zinit"]);
    try {
      await expect(supervisor.ensure({ ...client, hostname: "other" })).rejects.toMatchObject({
        code: "command-failed",
        message: expect.stringMatching(/\/etc\/zinit\/dhcp-zos\.yaml cannot be written: EROFS/) as string,
      });
      expect([await clientsFor("zos"), await readFile("/etc/zinit/dhcp-zos.yaml", "utf8")]).toEqual(before);
    } finally {
      await run(["umount", "/etc/zinit"]);
      await supervisor.remove(client);
      await subject.close(supervisor);
    }
  });

  test("a zinit that went away is an error that may pass", async () => {
    const supervisor = await subject.open();
    await subject.close(supervisor);
    await expect(supervisor.ensure(client)).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });

  test("a file of this name that others wrote is neither overwritten nor removed, and the error names it", async () => {
    const supervisor = await subject.open();
    const file = "/etc/zinit/dhcp-zos.yaml";
    try {
      for (const text of ["exec: udhcpc -i zos\n", "exec: [", "", "env:\n  zos_boot_service: dhcp-ndmz\nexec: x\n"]) {
        await writeFile(file, text);
        await expect(supervisor.ensure(client)).rejects.toMatchObject({
          code: "foreign",
          message: expect.stringContaining(file) as string,
        });
        await supervisor.remove(client);
        expect(await readFile(file, "utf8")).toBe(text);
      }
    } finally {
      await rm(file);
      await subject.close(supervisor);
    }
  });

  test("its services go to this program when the configuration says so, and back", async () => {
    const zinit = await subject.open();
    await zinit.ensure(client);
    await expect.poll(() => clientsFor("zos"), { timeout: 10_000 }).toHaveLength(1);
    const embedded = await openSupervisor("embedded", { places });
    expect((await zinit.state(client.service)).state).toBe("absent");
    expect(await clientsFor("zos")).toEqual([]);
    await embedded.ensure(client);
    await expect.poll(() => clientsFor("zos"), { timeout: 10_000 }).toHaveLength(1);
    const [own] = await clientsFor("zos");
    await embedded.close();
    await zinit.ensure(client);
    await expect.poll(() => clientsFor("zos"), { timeout: 10_000 }).not.toEqual([own]);
    await expect.poll(() => clientsFor("zos"), { timeout: 10_000 }).toHaveLength(1);
    await zinit.remove(client);
    await subject.close(zinit);
  });
});
