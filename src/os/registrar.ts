import * as v from "valibot";
import { accountProof, twinProof } from "../policy/grid.ts";
import type { GridKey } from "./grid-key.ts";
import {
  askRegistrar,
  type RegistrarAnswer,
  type RegistrarAsked,
  type RegistrarAt,
  refusalIn,
  trouble,
} from "./registrar-http.ts";

/** Who asks a registrar, and by which clock. */
export interface Twin {
  key: GridKey;
  twinId: number;
  /** By how much the registrar's clock is ahead, in milliseconds. */
  clockOffsetMs: number;
}

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const accountSchema = v.object({ twin_id: id, public_key: v.string() });
const clockSchema = v.object({ server_time: v.pipe(v.number(), v.integer()) });
const nodesSchema = v.array(v.object({ node_id: id, twin_id: id, farm_id: id }));
const madeSchema = v.object({ node_id: id });

/** A node as the registrar has it. */
export interface KnownNode {
  nodeId: number;
  farmId: number;
}

/** The account of a key, or null when there is none, and how the clocks differ. */
export async function findAccount(at: RegistrarAt, key: GridKey) {
  const path = `/accounts?public_key=${encodeURIComponent(key.publicKey)}`;
  const answer = await askRegistrar(at, { method: "GET", path });
  const { status, clockOffsetMs } = answer;
  if (status === 404) return { twinId: null, clockOffsetMs };
  if (status !== 200) throw refusalIn(at, "tell of the account", answer);
  return { twinId: twinIn(at, answer, key), clockOffsetMs };
}

/**
 * Makes the account of a key.
 *
 * @returns what came of it: the account; or the registrar's clock, in seconds, by which the node's is wrong; or neither, for that
 *   somebody has the key already is said as any trouble of the registrar's own is
 */
export async function createAccount(
  at: RegistrarAt,
  key: GridKey,
  clockOffsetMs: number,
): Promise<{ twinId: number | null; serverSeconds: number | null; answer: RegistrarAnswer }> {
  const timestamp = secondsNow(clockOffsetMs);
  const signature = key.sign(accountProof(key.publicKey, timestamp));
  const body = { timestamp, public_key: key.publicKey, signature };
  const answer = await askRegistrar(at, { method: "POST", path: "/accounts", body });
  const clock = v.safeParse(clockSchema, answer.json);
  if (answer.status === 201) return { twinId: twinIn(at, answer, key), serverSeconds: null, answer };
  if (answer.status === 400 && clock.success) return { twinId: null, serverSeconds: clock.output.server_time, answer };
  if (answer.status !== 500) throw refusalIn(at, "make an account", answer);
  return { twinId: null, serverSeconds: null, answer };
}

/** The node of a twin; null when it has none. */
export async function findNode(at: RegistrarAt, twin: Twin): Promise<KnownNode | null> {
  const answer = await askAs(at, twin, { method: "GET", path: `/nodes?twin_id=${twin.twinId}&page=1&size=50` });
  if (answer.status !== 200) throw refusalIn(at, "tell of the node", answer);
  const nodes = parsed(at, nodesSchema, answer);
  if (nodes.some((node) => node.twin_id !== twin.twinId))
    throw trouble(at, "bad-output", `answers for another twin than ${twin.twinId}`);
  const [node] = nodes;
  return node === undefined ? null : { nodeId: node.node_id, farmId: node.farm_id };
}

/** Whether there is a farm. */
export async function hasFarm(at: RegistrarAt, twin: Twin, farmId: number): Promise<boolean> {
  const answer = await askAs(at, twin, { method: "GET", path: `/farms/${farmId}` });
  if (answer.status !== 200 && answer.status !== 404) throw refusalIn(at, `tell of farm ${farmId}`, answer);
  return answer.status === 200;
}

/** Registers a node; null when the registrar says 500, as it does for a twin that has one, too. */
export async function createNode(at: RegistrarAt, twin: Twin, body: object) {
  const answer = await askAs(at, twin, { method: "POST", path: "/nodes", body });
  if (answer.status === 201) return { nodeId: parsed(at, madeSchema, answer).node_id, answer };
  if (answer.status !== 500) throw refusalIn(at, "register the node", answer);
  return { nodeId: null, answer };
}

/** Tells the registrar what of a node may have changed. */
export async function updateNode(at: RegistrarAt, twin: Twin, node: { nodeId: number; body: object }): Promise<void> {
  const answer = await askAs(at, twin, { method: "PATCH", path: `/nodes/${node.nodeId}`, body: node.body });
  if (answer.status !== 200) throw refusalIn(at, "update the node", answer);
}

/** Tells the registrar that a node is up. */
export async function postUptime(
  at: RegistrarAt,
  twin: Twin,
  { nodeId, uptimeSeconds }: { nodeId: number; uptimeSeconds: number },
): Promise<void> {
  const body = { uptime: Math.max(1, Math.floor(uptimeSeconds)), timestamp: secondsNow(twin.clockOffsetMs) };
  const answer = await askAs(at, twin, { method: "POST", path: `/nodes/${nodeId}/uptime`, body });
  // By its clock the node's is wrong: as it was asked, nothing else can be.
  if (answer.status === 400) throw trouble(at, "unavailable", "does not take the uptime: its clock is another");
  if (answer.status !== 201) throw refusalIn(at, "take the uptime", answer);
}

function askAs(at: RegistrarAt, { key, twinId, clockOffsetMs }: Twin, asked: RegistrarAsked): Promise<RegistrarAnswer> {
  const text = twinProof(twinId, secondsNow(clockOffsetMs));
  return askRegistrar(at, { ...asked, auth: `${Buffer.from(text).toString("base64")}:${key.sign(text)}` });
}

function secondsNow(clockOffsetMs: number): number {
  return Math.floor((Date.now() + clockOffsetMs) / 1_000);
}

function twinIn(at: RegistrarAt, answer: RegistrarAnswer, { publicKey }: GridKey): number {
  const account = parsed(at, accountSchema, answer);
  if (account.public_key !== publicKey) throw trouble(at, "bad-output", "answers for another key");
  return account.twin_id;
}

function parsed<T>(at: RegistrarAt, schema: v.GenericSchema<unknown, T>, { json }: RegistrarAnswer): T {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  throw trouble(at, "bad-output", `gives an answer that makes no sense${path === null ? "" : ` (${path})`}`);
}
