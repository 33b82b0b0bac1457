import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { readAuthorities, showCertificate } from "../../../src/os/certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "zos-boot-certificates-"));
const at = (file: string) => join(folder, file);
const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const servers: Server[] = [];

function makeAuthority(name: string): void {
  openssl("req", "-x509", ...key, "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`), "-subj", `/CN=${name}`);
}

/** A certificate for hub.example that ends so many days from now. */
function certify(name: string, authority: string, days: number): void {
  writeFileSync(at("extensions"), "subjectAltName=DNS:hub.example\nbasicConstraints=CA:FALSE\n");
  openssl("req", "-new", ...key, "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`), "-subj", "/CN=hub.example");
  const signed = ["-CA", at(`${authority}.pem`), "-CAkey", at(`${authority}.key`), "-CAcreateserial"];
  const end = ["-days", String(days), "-extfile", at("extensions"), "-out", at(`${name}.pem`)];
  openssl("x509", "-req", "-in", at(`${name}.csr`), ...signed, ...end);
}

makeAuthority("authority");
makeAuthority("stranger");
certify("good", "authority", 2);
certify("expired", "authority", -1);
certify("strange", "stranger", 2);
certify("strange-expired", "stranger", -1);

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function shownBy(server: Server, host: string) {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stream = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const authorities = await readAuthorities(at("authority.pem"));
  return showCertificate(stream, host, { authorities, signal: AbortSignal.timeout(2_000) });
}

const serving = (name: string) =>
  createServer({ cert: readFileSync(at(`${name}.pem`)), key: readFileSync(at(`${name}.key`)) }, (socket) =>
    socket.on("error", () => undefined),
  );

test.each([
  ["good", "hub.example", true],
  ["good", "bootstrap.example", false],
  ["expired", "hub.example", true],
  ["expired", "bootstrap.example", false],
  ["strange", "hub.example", false],
  ["strange-expired", "hub.example", false],
  ["authority", "hub.example", false],
])("who shows the %s certificate and was asked for %s is believed: %s", async (name, host, isMeant) => {
  expect(await shownBy(serving(name), host)).toMatchObject({ isMeant });
});

test("a stranger is called by the name in his certificate", async () => {
  expect(await shownBy(serving("stranger"), "hub.example")).toEqual({ isMeant: false, name: "stranger" });
});

test("who answers without TLS is somebody else, and who answers nothing is nobody", async () => {
  const plain = createTcpServer((socket) => socket.on("error", () => undefined).end("HTTP/1.1 302 Found\r\n\r\n"));
  expect(await shownBy(plain, "hub.example")).toEqual({ isMeant: false, name: null });
  const closing = createTcpServer((socket) => socket.on("error", () => undefined).destroy());
  await expect(shownBy(closing, "hub.example")).rejects.toThrow();
  const silent = createTcpServer((socket) => socket.on("error", () => undefined));
  await expect(shownBy(silent, "hub.example")).rejects.toThrow();
});

test("a caFile without certificates is refused by its name", async () => {
  writeFileSync(at("empty.pem"), "nothing\n");
  writeFileSync(at("broken.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  for (const file of ["empty.pem", "broken.pem", "missing.pem"]) {
    await expect(readAuthorities(at(file))).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringContaining(file),
    });
  }
});
