import { mkdir, readFile } from "node:fs/promises";
import { run } from "../../os/run.ts";
import { labDir } from "./sandbox.ts";

/** Files of PEM: a host's certificate, and the key to it. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

const folder = `${labDir}/certificates`;

/** Options of openssl-req(1) for a certificate that is good for as long as any farm stands, with a key that is made at once. */
const request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/**
 * Makes an authority, and the certificate from it that the Internet's hosts show; two processes, some 10 ms each.
 *
 * @returns what a node must trust, as PEM, and the hosts' files
 */
export async function certify(hosts: readonly string[]): Promise<{ authority: string; server: CertificateFiles }> {
  const authority = await certificateFor("authority", ["The lab's authority"]);
  const signed = ["-CA", authority.certificate, "-CAkey", authority.key];
  const server = await certificateFor("server", hosts, signed);
  return { authority: await readFile(authority.certificate, "utf8"), server };
}

/** Makes a certificate that nobody trusts, as captive portals show. */
export function selfSigned(name: string): Promise<CertificateFiles> {
  return certificateFor(`portal-${name}`, [name]);
}

async function certificateFor(
  file: string,
  [name = "", ...others]: readonly string[],
  signed: readonly string[] = [],
): Promise<CertificateFiles> {
  await mkdir(folder, { recursive: true });
  const files = { certificate: `${folder}/${file}.pem`, key: `${folder}/${file}.key` };
  const isHost = /^[\w.-]+$/.test(name);
  const names = [name, ...others].map((host) => `DNS:${host}`).join(",");
  const extension = signed.length > 0 ? ["-addext", "basicConstraints=critical,CA:FALSE"] : [];
  await run([
    ...[...request, "-days", "2", "-subj", `/CN=${name}`, "-keyout", files.key, "-out", files.certificate],
    ...(isHost ? ["-addext", `subjectAltName=${names}`] : []),
    ...[...extension, ...signed],
  ]);
  return files;
}
