import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import * as v from "valibot";
import {
  type Allowance,
  type Arrivals,
  admit,
  type Knock,
  type Knocked,
  networkOf64,
  whyNotKnocked,
} from "../policy/vantage.ts";

/** 32 hex digits and what is around them. */
const mostBytes = 256;
/** Two more SYNs, 1 and 3 s after the first (RFC 6298). */
const knockMs = 5_000;
/** What is known of each /64: a farm of ten nodes may ask at once, each for two ports. */
const allowance: Allowance = { burst: 20, everyMs: 10_000, mostKeys: 4_096 };
const mostConnections = 256;
const mostKnocks = 64;
const retryS = 30;

const knockSchema: v.GenericSchema<unknown, Knock> = v.strictObject({
  port: v.pipe(v.number(), v.integer(), v.minValue(1_024), v.maxValue(65_535)),
  nonce: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
});

/** A vantage that listens. */
export interface Vantage {
  address: AddressInfo;
  close: () => Promise<void>;
}

/** An answer that is none of a knock. */
class Refusal extends Error {
  readonly status: number;
  readonly waitS: number | null;

  constructor(status: number, message: string, waitS: number | null = null) {
    super(message);
    this.status = status;
    this.waitS = waitS;
  }
}

/**
 * Listens for those who want to know whether the Internet reaches them. `POST /v1/knock {port, nonce}` has it connect to the
 * address that asked, and to no other, at that port, say the nonce, and answer what came of it. Global IPv6 addresses only, so
 * often for each /64; what it keeps in memory, and how many it serves at once, is bounded.
 *
 * @param onKnock hears of each
 * @throws Error of listen(2)
 */
export async function openVantage(
  at: { host: string; port: number },
  onKnock: (knock: Knock, knocked: Knocked) => void = () => undefined,
): Promise<Vantage> {
  const state = { arrivals: new Map() as Arrivals, knocks: 0 };
  const limits = { maxHeaderSize: 4_096, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 1_000 };
  const server = createServer(limits, (request, response) => {
    answer(request, state, onKnock).then(
      (knocked) => say(response, 200, knocked),
      (error: unknown) => refuse(response, error),
    );
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...at, ipv6Only: true }, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface State {
  arrivals: Arrivals;
  /** How many are under way. */
  knocks: number;
}

async function answer(
  request: IncomingMessage,
  state: State,
  onKnock: (knock: Knock, knocked: Knocked) => void,
): Promise<Knocked> {
  const { remoteAddress = "", localAddress = "" } = request.socket;
  if (request.url !== "/v1/knock") throw new Refusal(404, "there is /v1/knock only");
  if (request.method !== "POST") throw new Refusal(405, "POST only");
  const why = whyNotKnocked(remoteAddress);
  if (why !== null) throw new Refusal(403, `${remoteAddress} is ${why}`);
  const { waitMs, arrivals } = admit(
    state.arrivals,
    { key: networkOf64(remoteAddress), nowMs: performance.now() },
    allowance,
  );
  state.arrivals = arrivals;
  if (waitMs !== null) throw new Refusal(429, "this /64 asks too often", Math.ceil(waitMs / 1_000));
  const parsed = v.safeParse(knockSchema, await bodyOf(request));
  if (!parsed.success) throw new Refusal(400, "port is 1024 to 65535, nonce is 32 hex digits");
  if (state.knocks >= mostKnocks) throw new Refusal(503, "too much to do", retryS);
  state.knocks += 1;
  try {
    const knocked = await knock({ host: remoteAddress, localAddress }, parsed.output);
    onKnock(parsed.output, knocked);
    return knocked;
  } finally {
    state.knocks -= 1;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) {
    text += (chunk as Buffer).toString("latin1");
    if (text.length > mostBytes) throw new Refusal(413, `no more than ${mostBytes} bytes`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal(400, "no JSON");
  }
}

/** From a port of its own, of the address that was asked: a firewall must not take it for an answer to what it let out. */
function knock(
  { host, localAddress }: { host: string; localAddress: string },
  { port, nonce }: Knock,
): Promise<Knocked> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress, family: 6 });
    let isReached = false;
    const end = (why: Knocked["why"]) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ address: host, reached: isReached, why: isReached ? null : why });
    };
    const timer = setTimeout(() => end("timeout"), knockMs);
    socket.once("connect", () => {
      isReached = true;
      socket.end(`${nonce}\n`);
    });
    socket.resume();
    socket.once("error", ({ code }: NodeJS.ErrnoException) => end(whyOf(code)));
    socket.once("close", () => end(null));
  });
}

function whyOf(code: string | undefined): Knocked["why"] {
  if (code === "ETIMEDOUT") return "timeout";
  return code === "ECONNREFUSED" || code === "ECONNRESET" ? "refused" : "unreachable";
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof Refusal)) {
    response.destroy();
    return;
  }
  response.setHeader("connection", "close");
  if (error.waitS !== null) response.setHeader("retry-after", String(error.waitS));
  say(response, error.status, { error: error.message });
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
