import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";

/** What came of an HTTP request. */
export interface HttpAnswer {
  status: number;
  /** Where it sends the client; null for nowhere. */
  location: string | null;
  /** Its first 4 KiB. */
  body: string;
}

const mostBytes = 4_096;

/**
 * Asks whoever is at the other end of a stream over HTTP, as if it were a host.
 *
 * @throws Error when it does not answer
 */
export async function askOverHttp(
  stream: Duplex,
  { host, path }: { host: string; path: string },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const name = host.includes(":") ? `[${host}]` : host;
  const asked = request({ createConnection: () => stream, path, headers: { host: name }, signal });
  asked.on("error", () => undefined); // After it has answered nobody waits for what becomes of it.
  try {
    asked.end();
    const [response] = (await once(asked, "response", { signal })) as [IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    return { status, location: headers.location ?? null, body: await beginningOf(response) };
  } finally {
    asked.destroy();
    stream.destroy();
  }
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  let body = Buffer.alloc(0);
  for await (const chunk of response) {
    body = Buffer.concat([body, chunk as Buffer]);
    if (body.length >= mostBytes) break;
  }
  return body.subarray(0, mostBytes).toString();
}
