import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { messageOf } from "../../../src/errors.ts";
import { type GridKey, readGridKey } from "../../../src/os/grid-key.ts";

const newPath = () => join(mkdtempSync(join(tmpdir(), "grid-key-")), "deep", "grid.key");

function placed(text: string, mode = 0o600): string {
  const path = newPath();
  mkdirSync(join(path, ".."));
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

function isSignedBy({ publicKey, sign }: GridKey, text: string): boolean {
  const x = Buffer.from(publicKey, "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, Buffer.from(text), key, Buffer.from(sign(text), "base64"));
}

test("a key is made on first use, for its owner alone, with nothing beside it, and is the same ever after", () => {
  const path = newPath();
  const first = readGridKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["grid.key"]);
  expect(Buffer.from(first.publicKey, "base64")).toHaveLength(32);
  expect(readGridKey(path).publicKey).toBe(first.publicKey);
  expect(isSignedBy(first, "1700000000:7")).toBe(true);
});

test("a key that the image brings is used", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const path = placed(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  const { x = "" } = publicKey.export({ format: "jwk" });
  expect(readGridKey(path).publicKey).toBe(Buffer.from(x, "base64url").toString("base64"));
});

const rsa = generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey.export({ type: "pkcs8", format: "pem" });
const own = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

test.each<[string, { text?: string; mode?: number; why: string }]>([
  ["empty", { text: "", why: "is no ed25519 key" }],
  ["cut off", { text: own.slice(0, 60), why: "is no ed25519 key" }],
  ["of another kind", { text: rsa.toString(), why: "is no ed25519 key" }],
  ["too large", { text: own + "\n".repeat(5_000), why: "is no ed25519 key" }],
  ["readable by the group", { mode: 0o640, why: "mode 640" }],
  ["readable by all", { mode: 0o604, why: "mode 604" }],
])("a file that is %s is an error that names it, and stays as it is", (_, { text = own, mode = 0o600, why }) => {
  const path = placed(text, mode);
  expect(() => readGridKey(path)).toThrow(expect.objectContaining({ code: "bad-config" }));
  expect(() => readGridKey(path)).toThrow(`${path} `);
  expect(() => readGridKey(path)).toThrow(why);
  expect(readFileSync(path, "utf8")).toBe(text);
});

test.skipIf(process.geteuid?.() !== 0)("a key that belongs to another is not used", () => {
  const path = placed(own);
  chownSync(path, 1_234, 0);
  expect(() => readGridKey(path)).toThrow("belongs to user 1234, not to user 0");
});

test("a directory in its place is named", () => {
  const path = newPath();
  mkdirSync(path, { recursive: true });
  expect(() => readGridKey(path)).toThrow(`grid key ${path} is no plain file`);
});

test("nothing of a key is in an error or in what is made of it", () => {
  const secret = own.split("\n")[1] ?? "";
  const path = placed(own.replace("PRIVATE", "PRIVAT"));
  try {
    readGridKey(path);
    expect.unreachable();
  } catch (error) {
    expect(`${messageOf(error)} ${JSON.stringify(error)}`).not.toContain(secret.slice(0, 8));
  }
  expect(JSON.stringify(readGridKey(placed(own)))).not.toContain(secret.slice(-24));
});
