import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BootError, messageOf } from "../../../errors.ts";
import type { History } from "../../recording/backlog.ts";
import type { Assets } from "./assets.ts";
import { type Clients, createClients } from "./clients.ts";
import { type Address, isOwnHost, urlOf } from "./hosts.ts";

/** What the page is served from, and where. */
export interface ServerOptions {
  address: Address;
  assets: Assets;
  history: History;
  mode: "live" | "replay";
  /** The stream's time, milliseconds. */
  clock: () => number;
}

/** The live page, served. */
export interface PageServer {
  url: string;
  /** Tells everybody the rest, then lets them go. */
  close: () => Promise<void>;
}

const maxConnections = 64;
/** Who asks has asked within seconds, and in few words: the page and its stream need no cookie. */
const limits = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};

/** Nothing is fetched but what this server has, nothing runs that is not a file of its own, and nobody frames the page. */
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/**
 * Serves the page and the stream, to be read only, by HTTP/1.1.
 *
 * @throws BootError `unavailable` when the port is in use, `permission` when it is a privileged one, `bad-input` when the
 *   address is not this machine's
 */
export async function servePage({ address, assets, history, mode, clock }: ServerOptions): Promise<PageServer> {
  const clients = createClients({ history, mode, clock, epoch: randomUUID().slice(0, 8) });
  const server = createServer(limits, (request, response) => {
    answer(request, response, { assets, clients, boundHost: address.host });
  });
  server.maxConnections = maxConnections;
  await listen(server, address);
  server.on("error", () => undefined); // Of single connections; the page goes on.
  const { port } = server.address() as AddressInfo;
  return {
    url: urlOf({ ...address, port }),
    close: async () => {
      await clients.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(notListening(error, address)));
    server.listen(address.port, address.host, resolve);
  });
}

function notListening(error: NodeJS.ErrnoException, address: Address): BootError {
  const where = `${urlOf(address)} cannot be served`;
  switch (error.code) {
    case "EADDRINUSE":
      return new BootError(
        "unavailable",
        `${where}: port ${address.port} is in use; choose another with --inspect=HOST:PORT`,
      );
    case "EACCES":
      return new BootError("permission", `${where}: port ${address.port} needs more rights`);
    case "EADDRNOTAVAIL":
      return new BootError("bad-input", `${where}: this machine has no such address`);
    default:
      return new BootError("unavailable", `${where}: ${messageOf(error)}`, { cause: error });
  }
}

interface Site {
  assets: Assets;
  clients: Clients;
  boundHost: string;
}

function answer(request: IncomingMessage, response: ServerResponse, { assets, clients, boundHost }: Site): void {
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!isOwnHost(request.headers.host, boundHost)) return refuse(response, 421, "this server does not have that name");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return refuse(response, 405, "this server can only be read");
  }
  const [path = ""] = (request.url ?? "").split("?");
  const isHead = request.method === "HEAD";
  if (path === "/stream") return stream(request, response, isHead ? null : clients);
  const asset = Object.hasOwn(assets, path) ? assets[path] : undefined;
  if (asset === undefined) return refuse(response, 404, "there is no such page");
  response.setHeader("content-type", asset.type);
  response.setHeader("content-length", Buffer.byteLength(asset.text));
  response.end(isHead ? undefined : asset.text);
}

function stream(request: IncomingMessage, response: ServerResponse, clients: Clients | null): void {
  response.setHeader("content-type", "text/event-stream");
  if (clients === null) {
    response.end();
    return;
  }
  const lastId = request.headers["last-event-id"];
  clients.add(response, typeof lastId === "string" ? lastId : undefined);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${why}\n`);
}
