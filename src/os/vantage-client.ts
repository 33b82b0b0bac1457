import { randomBytes, randomInt } from "node:crypto";
import { lookup } from "node:dns/promises";
import { request } from "node:http";
import { isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { BootError, messageOf } from "../errors.ts";
import { retryAfterMs, shown } from "../policy/grid.ts";
import { type Knocked, parseVantage, type Trial, vantageForm, zdbPort } from "../policy/vantage.ts";
import { commandIn, type Place } from "./ip.ts";
import { type Daemon, openPipe, start, tied } from "./run.ts";

/** A vantage itself waits for 5 s. */
const totalMs = 15_000;
const lookupMs = 8_000;
const listenMs = 3_000;
const graceMs = 1_000;
const mostBytes = 4_096;
/** Ports that nobody has registered (RFC 6335), from which programs choose their own. */
const otherPorts = { least: 49_152, most: 65_535 } as const;

const knockedSchema: v.GenericSchema<unknown, Knocked> = v.object({
  address: v.pipe(v.string(), v.check(isIPv6)),
  reached: v.boolean(),
  why: v.nullable(v.picklist(["timeout", "refused", "unreachable"])),
});

/**
 * Listens inside a namespace at the port of 0-db and at another one, and has a vantage connect to both.
 *
 * @throws BootError `unavailable` or `timeout` when it is not reached, `busy` when it asks to be left alone, `bad-output`, `aborted`
 */
export async function tryFromOutside(
  place: Place & { namespace: string },
  vantage: string,
): Promise<{ zdb: Trial; other: Trial }> {
  const addresses = await addressesOf(vantage);
  const trial = (port: number) => tryPort(place, { vantage, addresses, port });
  const [zdb, other] = await Promise.allSettled([
    trial(zdbPort),
    trial(randomInt(otherPorts.least, otherPorts.most + 1)),
  ]);
  if (zdb.status === "rejected") throw zdb.reason;
  if (other.status === "rejected") throw other.reason;
  return { zdb: zdb.value, other: other.value };
}

async function addressesOf(vantage: string): Promise<string[]> {
  const host = parseVantage(vantage)?.host;
  if (host === undefined) throw new BootError("bad-config", `${vantage} is not ${vantageForm}`);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${lookupMs / 1_000} s`)), lookupMs);
  });
  try {
    const found = await Promise.race([lookup(host, { all: true, family: 6 }), tooLate]);
    return found.map(({ address }) => address);
  } catch (error) {
    throw new BootError("unavailable", `vantage ${vantage} has no IPv6 address: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

interface Asked {
  vantage: string;
  addresses: readonly string[];
  port: number;
}

/** The nonce shows that it was the vantage who came, and nobody else. */
async function tryPort(place: Place & { namespace: string }, asked: Asked): Promise<Trial> {
  const nonce = randomBytes(16).toString("hex");
  const listener = await listen(place, asked.port, nonce);
  try {
    const knocked = await askAny(place, asked, nonce);
    return { ...knocked, port: asked.port, isHeard: knocked.reached && (await soon(listener.heard)) };
  } finally {
    await listener.daemon.end("SIGKILL");
  }
}

/** What the vantage sent was on its way before its answer was. */
function soon(heard: Promise<boolean>): Promise<boolean> {
  return Promise.race([heard, delay(graceMs, false, { ref: false })]);
}

interface Listener {
  daemon: Daemon;
  /** Whether the nonce came before it ended. */
  heard: Promise<boolean>;
}

/** nc(1) goes on after whoever connects first, who may be anybody; it tells on stderr when it listens. */
async function listen(
  { namespace, signal }: Place & { namespace: string },
  port: number,
  nonce: string,
): Promise<Listener> {
  const [listening, heard] = [resolvable(), resolvable()];
  const nc = ["sh", "-c", 'exec nc -6 -d -k -l -v "$1" 2>&1', "sh", String(port)];
  const daemon = await start(tied(commandIn(namespace, ...nc)), {
    onLine: (line) => {
      if (line.trim() === nonce) heard.resolve(true);
      if (/^listening/i.test(line)) listening.resolve(true);
    },
  });
  const timer = setTimeout(() => listening.resolve(false), listenMs);
  void daemon.exited.then(() => {
    listening.resolve(false);
    heard.resolve(false);
  });
  const isListening = await listening.promise;
  clearTimeout(timer);
  if (!isListening || signal.aborted) {
    await daemon.end("SIGKILL");
    throw new BootError(
      signal.aborted ? "aborted" : "command-failed",
      `nobody listens at port ${port} in ${namespace}`,
    );
  }
  return { daemon, heard: heard.promise };
}

function resolvable(): { promise: Promise<boolean>; resolve: (value: boolean) => void } {
  let resolve: (value: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((done) => (resolve = done));
  return { promise, resolve };
}

/** The first of the vantage's addresses that answers at all. */
async function askAny(place: Place & { namespace: string }, { vantage, addresses, port }: Asked, nonce: string) {
  let last: unknown = new BootError("unavailable", `vantage ${vantage} has no IPv6 address`);
  for (const address of addresses) {
    try {
      return await ask(place, { vantage, address }, { port, nonce });
    } catch (error) {
      last = error;
      if (place.signal.aborted || (error instanceof BootError && error.code !== "unavailable")) break;
    }
  }
  throw last;
}

async function ask(
  { namespace, signal }: Place & { namespace: string },
  { vantage, address }: { vantage: string; address: string },
  knock: { port: number; nonce: string },
): Promise<Knocked> {
  const { host = "", port = 0 } = parseVantage(vantage) ?? {};
  const late = AbortSignal.timeout(totalMs);
  const pipe = openPipe(tied(commandIn(namespace, "nc", "-6", "-w", String(totalMs / 1_000), address, String(port))));
  try {
    const { status, text, waitMs } = await exchange(
      { host: isIPv6(host) ? `[${host}]` : host, port, pipe, signal: AbortSignal.any([signal, late]) },
      JSON.stringify(knock),
    );
    const says = (code: BootError["code"], what: string, details = {}) =>
      new BootError(code, `vantage ${vantage} ${what}`, details);
    if (status === 429 || status === 503)
      throw says("busy", `has too much to do (${status})`, waitMs === null ? {} : { retryAfterMs: waitMs });
    if (status !== 200) throw says("bad-output", `answers ${status}: ${shown(text)}`);
    const parsed = v.safeParse(knockedSchema, jsonIn(text));
    if (!parsed.success) throw says("bad-output", "gives an answer that is none of a vantage's");
    return parsed.output;
  } catch (error) {
    if (signal.aborted) throw new BootError("aborted", "an answer was not waited for");
    if (error instanceof BootError && error.code !== "command-failed") throw error;
    if (late.aborted) throw new BootError("unavailable", `vantage ${vantage} gives no answer in ${totalMs / 1_000} s`);
    throw new BootError("unavailable", `vantage ${vantage} cannot be asked: ${shown(messageOf(error))}`);
  } finally {
    pipe.destroy();
  }
}

interface Exchange {
  host: string;
  port: number;
  pipe: ReturnType<typeof openPipe>;
  signal: AbortSignal;
}

function exchange(
  { host, port, pipe, signal }: Exchange,
  body: string,
): Promise<{ status: number; text: string; waitMs: number | null }> {
  return new Promise((resolve, reject) => {
    const asking = request({
      ...{ method: "POST", path: "/v1/knock", setHost: false, signal, createConnection: () => pipe },
      headers: {
        host: `${host}:${port}`,
        "content-type": "application/json",
        "content-length": body.length,
        connection: "close",
      },
    });
    pipe.once("error", reject);
    asking.once("error", reject);
    asking.once("response", (response) => {
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > mostBytes) response.destroy(new Error("gives too long an answer"));
      });
      response.once("error", reject);
      response.once("end", () => {
        const waitMs = retryAfterMs(response.headers["retry-after"] ?? null, Date.now(), Date.parse);
        resolve({ status: response.statusCode ?? 0, text, waitMs });
      });
    });
    asking.end(body);
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
