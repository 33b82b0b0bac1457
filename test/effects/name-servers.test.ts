import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { recordsOf } from "../../src/os/name-servers.ts";
import { run } from "../../src/os/run.ts";
import { isRight } from "../../src/policy/dns-servers.ts";
import { control } from "./node.ts";

const place = { namespace: null, ...control };
const host = "bootstrap.grid.tf";

beforeAll(async () => {
  await run(["ip", "link", "set", "dev", "lo", "up"]);
});

interface Served {
  says: "right" | "nothing" | "SERVFAIL";
  afterMs?: number;
}

/** A DNS server that says 198.51.100.10 for every name that may exist, an error, or nothing. */
async function serve(address: string, { says, afterMs = 0 }: Served): Promise<string> {
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  let isOpen = true;
  socket.on("close", () => (isOpen = false));
  socket.on("message", (query, { address: from, port }) => {
    if (says === "nothing") return;
    const hasAddress = says === "right" && query.readUInt16BE(query.length - 4) === 1 && !query.includes("invalid");
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(says === "right" ? 0x8180 : 0x8182, 2);
    header.writeUInt16BE(hasAddress ? 1 : 0, 6);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 10]);
    const answer = Buffer.concat([header, query.subarray(12), hasAddress ? record : Buffer.of()]);
    void delay(afterMs).then(() => (isOpen ? socket.send(answer, port, from) : undefined));
  });
  socket.bind(53, address);
  await once(socket, "listening");
  return address;
}

test("a DNS server behind one that is right is not waited for", async () => {
  const good = await serve("127.0.0.1", { says: "right" });
  const late = await serve("127.0.0.2", { says: "right", afterMs: 100 });
  const [first, second] = await recordsOf(place, [good, late], [host]);
  expect(first).toMatchObject({ server: good, answers: [{ host }, { host }] });
  expect(second).toEqual({ server: late, answers: [], invented: [] });
});

test("a DNS server before one that is right is waited for a while, whatever it says", async () => {
  const good = await serve("127.0.0.1", { says: "right" });
  const late = await serve("127.0.0.2", { says: "right", afterMs: 30 });
  const wrong = await serve("127.0.0.3", { says: "SERVFAIL", afterMs: 30 });
  const records = await recordsOf(place, [wrong, late, good], [host]);
  expect(records.map(({ server, answers }) => [server, answers.length])).toEqual(
    [wrong, late, good].map((each) => [each, 2]),
  );
  expect(records.map(isRight)).toEqual([false, true, true]);
});

test("a dead DNS server before one that is right is left behind", async () => {
  const dead = await serve("127.0.0.1", { says: "nothing" });
  const good = await serve("127.0.0.2", { says: "right" });
  const records = await recordsOf(place, [dead, good], [host]);
  expect(records.map(isRight)).toEqual([false, true]);
});
