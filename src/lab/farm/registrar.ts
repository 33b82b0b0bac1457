import { createPublicKey, verify } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import * as v from "valibot";
import type { Misbehaviour } from "../layouts/layout.ts";

/** The farms that there are. */
const farms = [1];
const clockSkewSeconds = { wrongClock: 300 } as Partial<Record<Misbehaviour, number>>;
const hugeBytes = 64 * 1024 * 1024;
const slowMs = 60_000;

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const whole = v.pipe(v.number(), v.integer());
const text = v.pipe(v.string(), v.minLength(1));
const accountSchema = v.object({ timestamp: whole, public_key: text, signature: text });
const nodeSchema = v.object({
  farm_id: positive,
  interfaces: v.array(v.object({ name: text, mac: text, ips: v.array(v.string()) })),
  serial_number: text,
  resources: v.optional(v.object({ hru: whole, sru: whole, cru: whole, mru: whole })),
  location: v.optional(
    v.object({ country: v.string(), city: v.string(), longitude: v.string(), latitude: v.string() }),
  ),
  secure_boot: v.optional(v.boolean()),
  virtualized: v.optional(v.boolean()),
});
const newNodeSchema = v.object({ ...nodeSchema.entries, twin_id: positive });
const uptimeSchema = v.object({ uptime: positive, timestamp: whole });

interface Account {
  twin_id: number;
  public_key: string;
}

interface Node extends v.InferOutput<typeof newNodeSchema> {
  node_id: number;
  approved: boolean;
  uptimes: number;
}

/** An answer: a status, and what is said as JSON. */
type Answer = [status: number, json: object];

interface Asked {
  method: string;
  url: URL;
  body: unknown;
  auth: string | undefined;
  nowSeconds: number;
}

/**
 * A registrar of the grid (v4) as strict as the real one, with farm 1 and what nodes tell it, until it ends; or one that
 * misbehaves, and how. Twins are counted from 5 and nodes from 7, so that nobody takes one for the other.
 */
export function createRegistrar(misbehaviour: Misbehaviour | null): RequestListener {
  const accounts: Account[] = [];
  const nodes: Node[] = [];
  const answerTo = (asked: Asked): Answer => {
    const { method, url, body, nowSeconds } = asked;
    const path = url.pathname.replace(/^\/(api\/)?v1/, "");
    if (path === "/accounts" && method === "POST") return makeAccount(accounts, body, nowSeconds);
    if (path === "/accounts" && method === "GET") return found(accounts, "public_key", url);
    const [, kind, id, more] = path.split("/");
    if (kind === "farms" && method === "GET")
      return farms.includes(Number(id)) ? [200, { farm_id: Number(id) }] : [404, refusal("could not find any records")];
    if (kind === "nodes" && method === "GET") {
      const twin = Number(url.searchParams.get("twin_id"));
      return [200, nodes.filter(({ twin_id }) => twin_id === twin)];
    }
    if (kind !== "nodes") return [404, refusal("404 page not found")];
    const caller = callerOf(accounts, asked);
    if (!("twin_id" in caller)) return caller.refused;
    if (method === "POST" && id === undefined) return makeNode(nodes, caller, body);
    const node = nodes.find(({ node_id }) => node_id === Number(id));
    if (node === undefined) return [404, refusal("could not find any records")];
    if (node.twin_id !== caller.twin_id) return [401, refusal("not authorized")];
    return more === "uptime" ? reportUptime(node, body, nowSeconds) : updateNode(node, body);
  };
  return (request, response) => void answer(request, response, { misbehaviour, answerTo });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { misbehaviour, answerTo }: { misbehaviour: Misbehaviour | null; answerTo: (asked: Asked) => Answer },
): Promise<void> {
  const { method = "GET", headers } = request;
  const nowSeconds = Math.floor(Date.now() / 1_000) + (clockSkewSeconds[misbehaviour ?? "slow"] ?? 0);
  response.setHeader("date", new Date(nowSeconds * 1_000).toUTCString());
  const auth = headers["x-auth"]?.toString();
  const url = new URL(request.url ?? "/", "http://registrar");
  const [status, json] = answerTo({ method, url, body: await bodyOf(request), auth, nowSeconds });
  const words = JSON.stringify(json);
  switch (misbehaviour) {
    case "slow":
      setTimeout(() => response.end(words), slowMs).unref();
      return;
    case "fails":
      response.writeHead(500).end(JSON.stringify(refusal("failed to do that")));
      return;
    case "busy":
      response.writeHead(429, { "retry-after": "30" }).end(JSON.stringify(refusal("slow down")));
      return;
    case "truncated":
      response.writeHead(status).end(`{"public_key": "abc`);
      return;
    case "redirects":
      response.writeHead(307, { location: "http://elsewhere.example/v1" }).end();
      return;
    case "otherKey":
      response.writeHead(200).end(JSON.stringify({ twin_id: 666, public_key: Buffer.alloc(32).toString("base64") }));
      return;
    case "huge":
      response.writeHead(status).end(Buffer.alloc(hugeBytes, " "));
      return;
    default:
      response.writeHead(status).end(words);
  }
}

function makeAccount(accounts: Account[], body: unknown, nowSeconds: number): Answer {
  const asked = v.safeParse(accountSchema, body);
  if (!asked.success) return [400, refusal("invalid request")];
  const { timestamp, public_key, signature } = asked.output;
  const ahead = timestamp - nowSeconds;
  if (ahead < -1 || ahead > 2) return [400, { ...refusal("timestamp is off"), server_time: nowSeconds }];
  if (!isSigned(public_key, `${timestamp}:${public_key}`, signature)) return [401, refusal("invalid signature")];
  if (accounts.some((account) => account.public_key === public_key)) return [500, refusal("failed to create account")];
  const account = { twin_id: accounts.length + 5, public_key };
  accounts.push(account);
  return [201, account];
}

function found(accounts: Account[], key: "public_key", url: URL): Answer {
  const account = accounts.find((each) => each[key] === url.searchParams.get(key));
  return account === undefined ? [404, refusal("account not found")] : [200, account];
}

/** Who asks, by the header `X-Auth`; or why that is not believed. */
function callerOf(accounts: Account[], { auth, nowSeconds }: Asked): Account | { refused: Answer } {
  const [challenge = "", signature = ""] = (auth ?? "").split(":");
  if (auth === undefined) return { refused: [401, refusal("missing header")] };
  const words = Buffer.from(challenge, "base64").toString();
  const [seconds, twin] = words.split(":").map(Number);
  if (seconds === undefined || twin === undefined) return { refused: [400, refusal("malformed header")] };
  if (nowSeconds - seconds > 60) return { refused: [401, refusal("Expired challenge")] };
  const account = accounts.find(({ twin_id }) => twin_id === twin);
  if (account === undefined) return { refused: [404, refusal("Account not found")] };
  return isSigned(account.public_key, words, signature) ? account : { refused: [401, refusal("wrong signature")] };
}

function makeNode(nodes: Node[], caller: Account, body: unknown): Answer {
  const asked = v.safeParse(newNodeSchema, body);
  if (!asked.success) return [400, refusal("invalid request")];
  const { twin_id, farm_id, interfaces } = asked.output;
  if (twin_id !== caller.twin_id) return [401, refusal("not authorized")];
  if (interfaces.length === 0) return [500, refusal("interfaces must not be empty")];
  if (!farms.includes(farm_id)) return [500, refusal('violates foreign key constraint "fk_farms_nodes"')];
  if (nodes.some((node) => node.twin_id === twin_id))
    return [500, refusal('violates unique constraint "uni_nodes_twin_id"')];
  const node = { ...asked.output, node_id: nodes.length + 7, approved: false, uptimes: 0 };
  nodes.push(node);
  return [201, { node_id: node.node_id }];
}

function updateNode(node: Node, body: unknown): Answer {
  const asked = v.safeParse(nodeSchema, body);
  if (!asked.success) return [400, refusal("invalid request")];
  if (!farms.includes(asked.output.farm_id)) return [500, refusal("failed to update node")];
  Object.assign(node, asked.output);
  return [200, {}];
}

function reportUptime(node: Node, body: unknown, nowSeconds: number): Answer {
  const asked = v.safeParse(uptimeSchema, body);
  if (!asked.success || Math.abs(asked.output.timestamp - nowSeconds) > 60) return [400, refusal("invalid request")];
  node.uptimes += 1;
  return [201, {}];
}

function isSigned(publicKey: string, words: string, signature: string): boolean {
  const bytes = Buffer.from(publicKey, "base64");
  if (bytes.length !== 32) return false;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") }, format: "jwk" });
  return verify(null, Buffer.from(words), key, Buffer.from(signature, "base64"));
}

function refusal(error: string): { error: string } {
  return { error };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    return null;
  }
}
