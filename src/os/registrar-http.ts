import type { Agent, request } from "undici";
import { BootError, messageOf } from "../errors.ts";
import { clockOffset, retryAfterMs, shown } from "../policy/grid.ts";
import { readAuthorities } from "./certificate.ts";

const connectMs = 5_000;
/** From the name's lookup to the last byte. */
const totalMs = 20_000;
const mostBytes = 1024 * 1024;

/** Which registrar is asked. */
export interface RegistrarAt {
  /** Its address, such as `https://registrar.grid.tf`. */
  registrar: string;
  caFile: string | null;
  signal: AbortSignal;
}

/** What it is asked. */
export interface RegistrarAsked {
  method: "GET" | "POST" | "PATCH";
  path: string;
  /** Shows who asks; see twinProof. */
  auth?: string;
  body?: object;
}

/** What it answered, with JSON that nobody has looked into. */
export interface RegistrarAnswer {
  status: number;
  json: unknown;
  /** By how much its clock is ahead, in milliseconds. */
  clockOffsetMs: number;
}

/**
 * Asks a registrar once. Its certificate must be good (but over http:// there is none), redirects are not followed, and of an
 * answer no more is read than 1 MiB.
 *
 * @throws BootError `unavailable` when it cannot be reached or says 5xx otherwise than 500, `timeout` after 20 s, `busy` for 429,
 *   `bad-output` for an answer that is none of a registrar's, `aborted`, `bad-config` as readAuthorities
 */
export async function askRegistrar(at: RegistrarAt, asked: RegistrarAsked): Promise<RegistrarAnswer> {
  // Whoever starts the program waits for nothing that it needs later, and perhaps never.
  const [{ pem }, undici] = await Promise.all([readAuthorities(at.caFile), import("undici")]);
  const connect = { timeout: connectMs, ...(at.caFile !== null && { ca: [...pem] }) };
  const agent = new undici.Agent({ connect, pipelining: 0, maxResponseSize: mostBytes });
  const late = AbortSignal.timeout(totalMs);
  try {
    return await exchange(at, asked, { agent, request: undici.request, signal: AbortSignal.any([at.signal, late]) });
  } catch (error) {
    if (at.signal.aborted) throw new BootError("aborted", "an answer was not waited for");
    if (error instanceof BootError) throw error;
    if (late.aborted) throw trouble(at, "timeout", `gave no whole answer in ${totalMs / 1_000} s`);
    throw translated(at, error);
  } finally {
    await agent.destroy().catch(() => undefined);
  }
}

async function exchange(
  at: RegistrarAt,
  { method, path, auth, body }: RegistrarAsked,
  by: { agent: Agent; request: typeof request; signal: AbortSignal },
): Promise<RegistrarAnswer> {
  const answer = await by.request(`${at.registrar.replace(/\/+$/, "")}/v1${path}`, {
    ...{ method, dispatcher: by.agent, signal: by.signal },
    headers: { accept: "application/json", ...(auth !== undefined && { "x-auth": auth }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answerIn(
    at,
    { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() },
    Date.now(),
  );
}

/** What came over HTTP. */
interface Received {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/**
 * Judges what came of a request.
 *
 * @throws BootError `unavailable`, `busy` or `bad-output`, as askRegistrar
 */
export function answerIn(at: RegistrarAt, { status, headers, text }: Received, nowMs: number): RegistrarAnswer {
  const seconds = Date.parse(headerOf(headers["date"]) ?? "") / 1_000;
  if (status >= 300 && status < 400) throw trouble(at, "bad-output", "redirects, which is not followed");
  const json = jsonIn(text);
  const waitMs = retryAfterMs(headerOf(headers["retry-after"]), nowMs, Date.parse);
  if (status === 429) throw trouble({ ...at, waitMs }, "busy", "has too much to do (429)");
  if (status > 500) throw trouble({ ...at, waitMs }, "unavailable", `answers ${status}${wordsIn(json)}`);
  if (json === undefined && status < 300) throw trouble(at, "bad-output", "gives an answer that is no JSON");
  return { status, json, clockOffsetMs: clockOffset(seconds, nowMs) };
}

/**
 * What it means that a registrar answers otherwise than with success.
 *
 * @returns BootError `unavailable` for what may be otherwise later, `refused` for what somebody must change
 */
export function refusalIn(at: RegistrarAt, what: string, { status, json }: RegistrarAnswer): BootError {
  const words = wordsIn(json);
  const isPassing = status >= 500 || /expired/i.test(words);
  return trouble(at, isPassing ? "unavailable" : "refused", `does not ${what}: ${status}${words}`);
}

/** An error about a registrar, which may ask to be left alone for a while. */
export function trouble(
  { registrar, waitMs = null }: Pick<RegistrarAt, "registrar"> & { waitMs?: number | null },
  code: BootError["code"],
  says: string,
): BootError {
  return new BootError(code, `registrar ${registrar} ${says}`, waitMs === null ? {} : { retryAfterMs: waitMs });
}

function wordsIn(json: unknown): string {
  const { error } = (typeof json === "object" && json !== null ? json : {}) as { error?: unknown };
  return typeof error === "string" ? ` (${shown(error)})` : "";
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function headerOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function translated(at: RegistrarAt, error: unknown): BootError {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return trouble(at, "bad-output", "gives an answer of more than 1 MiB");
  if (code === "UND_ERR_CONNECT_TIMEOUT") return trouble(at, "timeout", `is not reached in ${connectMs / 1_000} s`);
  return trouble(at, "unavailable", `cannot be asked: ${shown(messageOf(error) || code)}`);
}
