import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { BootError, messageOf } from "../errors.ts";
import { readText } from "./files.ts";

/** The authorities that a target's certificate must be from. */
export interface Authorities {
  pem: readonly string[];
  context: SecureContext;
}

let own: Authorities | null = null;

/**
 * The authorities in a file of PEM; those that Node.js knows, which are Mozilla's, where there is no such file.
 *
 * @throws BootError `bad-config` when the file has none
 */
export async function readAuthorities(caFile: string | null): Promise<Authorities> {
  if (caFile === null) return (own ??= { pem: rootCertificates, context: createSecureContext() });
  const text = await readText(caFile).catch((error: unknown) => messageOf(error));
  const pem = text?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (pem.length === 0) throw new BootError("bad-config", `caFile ${caFile} has no certificate`);
  try {
    const read = pem.map((each) => new X509Certificate(each).toString());
    return { pem: read, context: createSecureContext({ ca: read }) };
  } catch (error) {
    throw new BootError("bad-config", `caFile ${caFile} has a certificate that cannot be read`, { cause: error });
  }
}

/** Who has shown a certificate: the host that was meant, or somebody else, by the name in the certificate. */
export type Shown = { isMeant: boolean; name: string | null };

/**
 * Has whoever is at the other end of a stream show a certificate for a host's name (RFC 9525). Its dates do not count: a
 * node's clock may be wrong before it has reached anybody who tells the time.
 *
 * @throws Error when the other end does not come to that: it shows none, or goes away
 */
export async function showCertificate(
  stream: Duplex,
  host: string,
  { authorities, signal }: { authorities: Authorities; signal: AbortSignal },
): Promise<Shown> {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const { context: secureContext } = authorities;
  const socket = connect({ socket: stream, host, ...servername, secureContext, rejectUnauthorized: false });
  socket.on("error", () => undefined); // After it has been asked nobody waits for what becomes of it.
  stream.on("error", (error) => socket.destroy(error));
  try {
    await once(socket, "secureConnect", { signal });
    const certificate = socket.getPeerCertificate(true);
    return { isMeant: isGood(socket, host, authorities), name: nameIn(certificate) };
  } catch (error) {
    if (isOtherProtocol(error)) return { isMeant: false, name: null };
    throw error;
  } finally {
    socket.destroy();
    stream.destroy();
  }
}

/** Something answered, but not as a TLS server that knows the host would. */
function isOtherProtocol(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return code === "EPROTO" || code.startsWith("ERR_SSL_");
}

const dateFaults = ["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"];

function isGood(socket: TLSSocket, host: string, { pem }: Authorities): boolean {
  if (socket.authorized) return true;
  const fault: unknown = socket.authorizationError; // The code, whatever the type says.
  if (typeof fault !== "string" || !dateFaults.includes(fault)) return false;
  const certificate = socket.getPeerCertificate(true);
  return checkServerIdentity(host, certificate) === undefined && isFrom(certificate, pem);
}

/** Certificates between a host's and its authority's, at most; there are one or two. */
const longestChain = 8;

/** Whether a chain of certificates leads to one of the authorities, whatever their dates (RFC 5280 section 6.1.3, without (a)(2)). */
function isFrom(certificate: DetailedPeerCertificate, pem: readonly string[]): boolean {
  const roots = pem.map((each) => new X509Certificate(each));
  const isSignedBy = (each: X509Certificate, other: X509Certificate) =>
    other.ca && each.checkIssued(other) && each.verify(other.publicKey);
  let current = new X509Certificate(certificate.raw);
  let sent = certificate;
  for (let length = 0; length < longestChain; length++) {
    if (roots.some((root) => root.raw.equals(current.raw) || isSignedBy(current, root))) return true;
    const { issuerCertificate: above } = sent as Partial<DetailedPeerCertificate>;
    if (above === undefined || above === sent) return false;
    const issuer = new X509Certificate(above.raw);
    if (!isSignedBy(current, issuer)) return false;
    [current, sent] = [issuer, above];
  }
  return false;
}

/** A name that can be shown: what a stranger calls himself is anything. */
function nameIn({ subject }: DetailedPeerCertificate): string | null {
  const name: unknown = (subject as { CN?: unknown } | undefined)?.CN;
  return typeof name === "string" && /^[\w.*-]{1,100}$/.test(name) ? name : null;
}
