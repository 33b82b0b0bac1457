import { expect, test } from "vitest";
import { type Answered, isExpected, portalBehind } from "../../../src/policy/portal.ts";

const target = { host: "hub.example" };
const answered = { status: 200, location: null, body: "" };

test.each<[string, Partial<Answered>, string | null | undefined]>([
  ["sends clients to another host", { status: 302, location: "http://login.example/?to=hub.example" }, "login.example"],
  ["says what it is (RFC 6585)", { status: 511 }, null],
  ["sends them to the same host by TLS", { status: 301, location: "https://HUB.example/" }, undefined],
  ["sends them to another page", { status: 302, location: "/login" }, undefined],
  ["sends them nowhere that can be read", { status: 302, location: "http://[" }, undefined],
  ["answers as the host may", {}, undefined],
  ["names a place without sending there", { status: 201, location: "http://login.example/" }, undefined],
])("port 80 of a host whose other ports are silent %s", (_, answer, by) => {
  const found = portalBehind(target, { ...answered, ...answer });
  expect(found?.by).toBe(by);
  if (by !== undefined) expect(found?.says).toMatch(/^captive portal: .* answers in place of hub\.example$/);
});

test("an answer is the expected one by its status, or by its body", () => {
  expect(isExpected({ ...answered, status: 204 }, { status: 204, body: null })).toBe(true);
  expect(isExpected(answered, { status: 204, body: null })).toBe(false);
  expect(isExpected({ ...answered, body: "success\n" }, { status: null, body: "success" })).toBe(true);
  expect(isExpected({ ...answered, body: "<html>success" }, { status: null, body: "success" })).toBe(false);
});
