import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as fs from "node:fs";
import { dirname } from "node:path";
import { BootError, messageOf } from "../errors.ts";

/** The ed25519 key by which the grid knows the node. It signs, and cannot be looked at. */
export interface GridKey {
  /** The 32 bytes of the public key (RFC 8032 section 5.1.5), base64. */
  publicKey: string;
  /** The signature over a text, base64. */
  sign: (text: string) => string;
}

const mostBytes = 4_096;

/**
 * The node's key, in a file of PEM (PKCS #8, RFC 8410) that its owner alone may read: the program's own, or one that the image
 * brings. It is made on first use; what is in its place is never replaced.
 *
 * @throws BootError `bad-config` that names a file which is no such key, belongs to another or can be read by others;
 *   `unavailable` when it can be neither read nor made
 */
export function readGridKey(path: string): GridKey {
  try {
    return gridKeyIn(readPrivately(path) ?? make(path), path);
  } catch (error) {
    if (error instanceof BootError) throw error;
    throw new BootError("unavailable", `grid key ${path}: ${messageOf(error)}`);
  }
}

/** The file's text; null when there is none. Who may read it is asked of the very file that is read. */
function readPrivately(path: string): string | null {
  const fd = openOrNull(path);
  if (fd === null) return null;
  try {
    const { uid, mode, size } = fs.fstatSync(fd);
    const own = process.geteuid?.() ?? 0;
    if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG) throw unusable(path, "is no plain file");
    if (uid !== own) throw unusable(path, `belongs to user ${uid}, not to user ${own}`);
    if ((mode & 0o077) !== 0)
      throw unusable(path, `may be read or written by others (mode ${(mode & 0o777).toString(8)}, not 600)`);
    if (size > mostBytes) throw unusable(path, notOurs);
    return fs.readFileSync(fd, "utf8");
  } finally {
    fs.closeSync(fd);
  }
}

function openOrNull(path: string): number | null {
  try {
    return fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Makes a key; of two processes that do so at once both get the one that came first. */
function make(path: string): string {
  const text = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const temporary = `${path}.${process.pid}.new`;
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.rmSync(temporary, { force: true });
  try {
    fs.writeFileSync(temporary, text, { flag: "wx", mode: 0o600, flush: true });
    fs.linkSync(temporary, path); // Unlike rename(2) it replaces nothing.
    return text;
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === "EEXIST" ? readPrivately(path) : null;
    if (other === null) throw error;
    return other;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

const notOurs = "is no ed25519 key in PEM (PKCS #8)";

function gridKeyIn(text: string, path: string): GridKey {
  const key = privateKeyIn(text);
  if (key?.asymmetricKeyType !== "ed25519") throw unusable(path, notOurs);
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return {
    publicKey: Buffer.from(x, "base64url").toString("base64"),
    sign: (words) => sign(null, Buffer.from(words), key).toString("base64"),
  };
}

/** What OpenSSL says of a text that is no key is not passed on: it could tell of what is in it. */
function privateKeyIn(text: string): KeyObject | null {
  try {
    return createPrivateKey(text);
  } catch {
    return null;
  }
}

function unusable(path: string, why: string): BootError {
  return new BootError("bad-config", `grid key ${path} ${why}; it is left as it is`);
}
