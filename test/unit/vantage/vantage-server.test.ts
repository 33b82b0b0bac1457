import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openVantage, type Vantage } from "../../../src/vantage/vantage-server.ts";

let vantage: Vantage;
beforeEach(async () => {
  vantage = await openVantage({ host: "::1", port: 0 });
});
afterEach(() => vantage.close());

async function ask(method: string, path: string, body = "") {
  const { port } = vantage.address;
  const asking = request({ host: "::1", port, method, path, agent: false });
  asking.end(body);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test("connects to nobody who asks from elsewhere than a global IPv6 address", async () => {
  const body = JSON.stringify({ port: 9_900, nonce: "0".repeat(32) });
  expect(await ask("POST", "/v1/knock", body)).toBe(403);
});

test("knows one question only", async () => {
  expect(await ask("GET", "/v1/knock")).toBe(405);
  expect(await ask("POST", "/")).toBe(404);
});

test("says when it cannot listen", async () => {
  const { port } = vantage.address;
  await expect(openVantage({ host: "::1", port })).rejects.toThrow("EADDRINUSE");
});
