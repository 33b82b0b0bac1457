import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { takeNodeLock } from "../../../src/os/node-lock.ts";

const { signal } = new AbortController();

/** Other runs of these tests on this machine have other locks. */
let name = "";
let count = 0;
beforeEach(() => {
  name = `test ${process.pid} ${count++}`;
});

/** Another process that holds the lock, as this program does. */
async function holder(): Promise<ChildProcess> {
  const script = `require("net").createServer((socket) => socket.resume()).listen({ path: "\\0zos-boot/${name}" }, () => console.log("held"));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

const isTaken = async (taking: Promise<unknown>) => Promise.race([taking.then(() => true), delay(50, false)]);

test("one holds the lock at a time, and whoever lets it go lets the next one in", async () => {
  const release = await takeNodeLock(name, signal);
  const next = takeNodeLock(name, signal);
  expect(await isTaken(next)).toBe(false);
  release();
  (await next)();
});

test.each(["SIGKILL", "SIGTERM"] as const)("a holder that %s ends lets go", async (ending) => {
  const child = await holder();
  const taking = takeNodeLock(name, signal);
  expect(await isTaken(taking)).toBe(false);
  child.kill(ending);
  (await taking)();
});

test("whoever no longer wants to wait is told so at once, and the others wait on", async () => {
  const child = await holder();
  const controller = new AbortController();
  const [leaving, staying] = [takeNodeLock(name, controller.signal), takeNodeLock(name, signal)];
  expect(await isTaken(Promise.race([leaving, staying]))).toBe(false);
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: "aborted", message: `nothing was done to ${name}` });
  expect(await isTaken(staying)).toBe(false);
  child.kill("SIGKILL");
  (await staying)();
});

test("a holder that does not let go is not waited for for ever", async () => {
  await holder();
  await expect(takeNodeLock(name, signal, 100)).rejects.toMatchObject({
    code: "busy",
    message: `another process has been changing ${name} for 0.1 s`,
  });
});

test("a signal that has aborted before takes nothing", async () => {
  await expect(takeNodeLock(name, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  (await takeNodeLock(name, signal))();
});

test("many who wait all get their turn, one at a time", async () => {
  let holders = 0;
  const served: number[] = [];
  const turns = Array.from({ length: 20 }, async (_, index) => {
    const release = await takeNodeLock(name, signal);
    expect(++holders).toBe(1);
    await delay(1);
    holders -= 1;
    served.push(index);
    release();
  });
  await Promise.all(turns);
  expect(served).toHaveLength(20);
});

test("who takes the lock again and again lets in whoever waits", async () => {
  const busy = new AbortController();
  const hog = (async () => {
    for (let rounds = 0; ; rounds++) {
      const release = await takeNodeLock(name, signal);
      await delay(1);
      release();
      if (busy.signal.aborted) return rounds;
    }
  })();
  for (let turn = 0; turn < 10; turn++) (await takeNodeLock(name, signal))();
  busy.abort();
  expect(await hog).toBeGreaterThan(5);
});
