import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ensureAccount } from "../../../effects/ensure-account.ts";
import { createRegistrar } from "../../../src/lab/farm/registrar.ts";
import type { Misbehaviour } from "../../../src/lab/layouts/layout.ts";
import { type GridKey, readGridKey } from "../../../src/os/grid-key.ts";
import {
  createAccount,
  createNode,
  findAccount,
  findNode,
  hasFarm,
  postUptime,
  updateNode,
} from "../../../src/os/registrar.ts";
import { type Grid, type GridHardware, nodeBody } from "../../../src/policy/grid.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function registrarThat(misbehaviour: Misbehaviour | null) {
  const server = createServer(createRegistrar(misbehaviour));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.close().closeAllConnections();
  });
  const registrar = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { registrar, caFile: null, signal: new AbortController().signal };
}

const keyFile = () => join(mkdtempSync(join(tmpdir(), "registrar-")), "grid.key");
const newKey = () => readGridKey(keyFile());
const gridWith = (gridKey: string): Grid => ({
  ...{ registrars: [], farmId: 1, location: null, gridKey, caFile: null, nicKinds: ["physical"] },
});
const hardware: GridHardware = {
  resources: { hru: 0, sru: 1_000, cru: 2, mru: 3_000 },
  ...{ secureBoot: false, virtualized: true, serialNumber: "7" },
};
const interfaces = [{ name: "zos", mac: "02:00:00:00:00:01", ips: ["192.0.2.7"] }];
const bodyAt = (farmId: number, twinId: number) =>
  nodeBody({ farmId, location: null }, twinId, { interfaces, hardware });
const twinOf = (key: GridKey, twinId: number) => ({ key, twinId, clockOffsetMs: 0 });

test("a node that nobody knows gets an account, is registered, updated, and reports that it is up", async () => {
  const [at, key] = [await registrarThat(null), newKey()];
  expect(await findAccount(at, key)).toEqual({ twinId: null, clockOffsetMs: 0 });
  expect(await createAccount(at, key, 0)).toMatchObject({ twinId: 5 });
  expect(await findAccount(at, key)).toMatchObject({ twinId: 5 });
  const twin = twinOf(key, 5);
  expect(await findNode(at, twin)).toBeNull();
  expect(await hasFarm(at, twin, 1)).toBe(true);
  expect(await hasFarm(at, twin, 2)).toBe(false);
  expect(await createNode(at, twin, bodyAt(1, 5))).toMatchObject({ nodeId: 7 });
  expect(await findNode(at, twin)).toEqual({ nodeId: 7, farmId: 1 });
  await updateNode(at, twin, { nodeId: 7, body: bodyAt(1, 5) });
  await postUptime(at, twin, { nodeId: 7, uptimeSeconds: 0.5 });
});

test("what a registrar says 500 to, for it is there already, is told apart from nothing by looking", async () => {
  const [at, key] = [await registrarThat(null), newKey()];
  await createAccount(at, key, 0);
  expect(await createAccount(at, key, 0)).toMatchObject({ twinId: null, serverSeconds: null });
  await createNode(at, twinOf(key, 5), bodyAt(1, 5));
  expect(await createNode(at, twinOf(key, 5), bodyAt(1, 5))).toMatchObject({ nodeId: null });
});

test("another key's twin is refused, and so is a body that makes no sense", async () => {
  const at = await registrarThat(null);
  await createAccount(at, newKey(), 0);
  await expect(createNode(at, twinOf(newKey(), 5), bodyAt(1, 5))).rejects.toMatchObject({ code: "refused" });
  await expect(createNode(at, twinOf(newKey(), 99), bodyAt(1, 99))).rejects.toMatchObject({ code: "refused" });
});

test.each<[Misbehaviour, string, string]>([
  ["fails", "unavailable", "does not tell of the account: 500 (failed to do that)"],
  ["busy", "busy", "has too much to do (429)"],
  ["truncated", "bad-output", "no JSON"],
  ["redirects", "bad-output", "redirects, which is not followed"],
  ["otherKey", "bad-output", "answers for another key"],
  ["huge", "bad-output", "more than 1 MiB"],
])("of a registrar that misbehaves (%s) it is said how", async (misbehaviour, code, says) => {
  const [at, key] = [await registrarThat(misbehaviour), newKey()];
  await createAccount(await registrarThat(null), key, 0);
  const asked = misbehaviour === "truncated" ? createAccount(at, key, 0) : findAccount(at, key);
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  await expect(findAccount(at, key)).rejects.not.toThrow(key.publicKey);
});

test("how long it asks to be left alone is known", async () => {
  await expect(findAccount(await registrarThat("busy"), newKey())).rejects.toMatchObject({ retryAfterMs: 30_000 });
});

test("a registrar whose clock differs is asked by its own clock", async () => {
  const { registrar, signal } = await registrarThat("wrongClock");
  const grid = gridWith(keyFile());
  const unaware = await ensureAccount({ grid, registrar, clockOffsetMs: 0 }, { signal });
  expect(unaware.twinId).toBeNull();
  expect(Math.abs(unaware.clockOffsetMs - 300_000)).toBeLessThan(1_600);
  const { twinId, clockOffsetMs } = await ensureAccount({ grid, registrar, clockOffsetMs: null }, { signal });
  expect(twinId).toBe(5);
  const twin = { key: readGridKey(grid.gridKey), twinId: 5, clockOffsetMs };
  const at = { registrar, caFile: null, signal };
  await createNode(at, twin, bodyAt(1, 5));
  await postUptime(at, twin, { nodeId: 7, uptimeSeconds: 60 });
  await expect(postUptime(at, { ...twin, clockOffsetMs: 0 }, { nodeId: 7, uptimeSeconds: 60 })).rejects.toMatchObject({
    code: "unavailable",
  });
});

test("a registrar that is not there is named", async () => {
  const at = await registrarThat(null);
  ends.pop()?.();
  await expect(findAccount(at, newKey())).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/^registrar http:\/\/127\.0\.0\.1:\d+ cannot be asked: .*ECONNREFUSED/),
  });
});

test("what is no longer waited for ends at once", async () => {
  const ending = new AbortController();
  const at = { ...(await registrarThat("slow")), signal: ending.signal };
  const asked = findAccount(at, newKey());
  setTimeout(() => ending.abort(), 50);
  await expect(asked).rejects.toMatchObject({ code: "aborted" });
});
