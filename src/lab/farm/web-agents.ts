import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server } from "node:net";
import { misbehaviours } from "../layouts/layout.ts";
import { createRegistrar } from "./registrar.ts";

/** The name of the grid's registrar. */
export const registrarHost = "registrar.grid.tf";

/** The ports to which a portal's router redirects what is meant for 80 and 443. */
export const portalPorts = { http: 8_080, https: 8_443 } as const;

/**
 * Tells each client the address that it sees, over HTTP and, with a certificate, over HTTPS; to those who ask for the grid's
 * registrar it is that.
 */
export async function serve(certificate: string, key: string, registrar = "good"): Promise<void> {
  const askRegistrar = createRegistrar(misbehaviours.find((each) => each === registrar) ?? null);
  const answer: RequestListener = (request, response) =>
    (request.headers.host === registrarHost ? askRegistrar : tellPeer)(request, response);
  await Promise.all([
    listening(createServer(answer), 80),
    listening(createSecureServer(pemOf(certificate, key), answer), 443),
  ]);
  process.stdout.write("ready\n");
}

/** Sends each client to a page of its own, whatever it asks for; over HTTPS too where it has a certificate. */
export async function servePortal(name: string, certificate = "", key = ""): Promise<void> {
  const redirect: RequestListener = (_, response) => {
    response.writeHead(302, { location: `http://${name}/login` });
    response.end("Log in first.\n");
  };
  await listening(createServer(redirect), portalPorts.http);
  if (certificate !== "") await listening(createSecureServer(pemOf(certificate, key), redirect), portalPorts.https);
  process.stdout.write("ready\n");
}

function tellPeer({ socket, headers }: IncomingMessage, response: ServerResponse): void {
  const peer = socket.remoteAddress?.replace(/^::ffff:/, "") ?? null;
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify({ peer, host: headers.host ?? null })}\n`);
}

function pemOf(certificate: string, key: string): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => {
    server.listen(port, "::", resolve);
  });
}
