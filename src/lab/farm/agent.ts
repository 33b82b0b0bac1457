import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect, createServer as createTcpServer, isIPv6 } from "node:net";
import { BootError, messageOf } from "../../errors.ts";
import { runZinit } from "../zinit/zinit-server.ts";
import { echo } from "./echo-agent.ts";
import { runFlows } from "./flow-agent.ts";
import { keepKnocking, knock, transfer } from "./knock-agent.ts";
import { pour, sink } from "./pour-agent.ts";
import { serve, servePortal } from "./web-agents.ts";

/** What came of an HTTP GET: the client's address as the server saw it, or why there was no answer. */
export interface Fetched {
  url: string;
  seen: string | null;
  error: string | null;
}

/** What came of a TCP connection: `connected`, `timeout`, or the error's code such as `ECONNREFUSED`. */
export interface Connected {
  address: string;
  result: string;
}

const timeoutMs = 3_000;
/** Long enough for a second SYN, which follows after 1 s (RFC 6298 section 2.1). */
const connectTimeoutMs = 1_500;

/**
 * Runs an agent: `serve CERTIFICATE KEY REGISTRAR`, `portal NAME [CERTIFICATE KEY]`, `fetch URL…`, `listen PORT`,
 * `connect PORT ADDRESS…`, `knock ADDRESS@PORT…`, `keep-knocking ADDRESS@PORT…`, `transfer PORT BYTES ADDRESS…`, `sink PORT`, `pour PORT MS ADDRESS`,
 * `echo PORT[,PORT…] ADDRESS…`, `flows FILE PORT ADDRESS…` or `zinit PROTOCOL [SOCKET] [DIRECTORY]`. Results go to stdout as one line of JSON; those that go on say `ready` when they are, and do so until they are ended.
 */
export async function runAgent([verb = "", ...args]: readonly string[]): Promise<void> {
  switch (verb) {
    case "serve":
      return serve(args[0] ?? "", args[1] ?? "", args[2]);
    case "portal":
      return servePortal(args[0] ?? "", args[1], args[2]);
    case "listen":
      return listen(Number(args[0]));
    case "fetch":
      return say(await Promise.all(args.map(fetchSeen)));
    case "connect": {
      const [port, ...addresses] = args;
      return say(await Promise.all(addresses.map((address) => tryConnect(address, Number(port)))));
    }
    case "knock":
      return say(await knock(args));
    case "keep-knocking":
      return keepKnocking(args);
    case "transfer": {
      const [port, bytes, ...addresses] = args;
      return say(await Promise.all(addresses.map((address) => transfer(address, Number(port), Number(bytes)))));
    }
    case "sink":
      return sink(Number(args[0]));
    case "pour":
      return say(await pour(args[2] ?? "", Number(args[0]), Number(args[1])));
    case "echo": {
      const [ports = "", ...addresses] = args;
      return echo(ports.split(",").map(Number), addresses);
    }
    case "flows":
      return runFlows(args[0] ?? "", Number(args[1]), args.slice(2));
    case "zinit":
      return runZinit(args[0] ?? "", { socket: args[1], directory: args[2] });
    default:
      throw new BootError("bad-input", `there is no agent ${JSON.stringify(verb)}`);
  }
}

function say(results: unknown): void {
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

async function listen(port: number): Promise<void> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(port, "::", resolve));
  process.stdout.write("ready\n");
}

async function fetchSeen(url: string): Promise<Fetched> {
  try {
    const body = JSON.parse(await bodyOf(url)) as { peer?: unknown };
    return { url, seen: typeof body.peer === "string" ? body.peer : null, error: null };
  } catch (error) {
    return { url, seen: null, error: codeOf(error) };
  }
}

async function bodyOf(url: string): Promise<string> {
  const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? messageOf(error);
}

async function tryConnect(address: string, port: number): Promise<Connected> {
  const socket = connect({ host: address, port, family: isIPv6(address) ? 6 : 4 });
  const result = await new Promise<string>((resolve) => {
    socket.setTimeout(connectTimeoutMs, () => resolve("timeout"));
    socket.on("connect", () => resolve("connected"));
    socket.on("error", (error) => resolve(codeOf(error)));
  });
  socket.destroy();
  return { address, result };
}
