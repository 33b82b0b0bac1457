import { describe, expect, test } from "vitest";
import { isOwnHost, parseAddress, urlOf } from "../../../../../src/inspect/page/server/hosts.ts";

describe("an address to serve at", () => {
  test.each([
    ["127.0.0.1:8000", { host: "127.0.0.1", port: 8000 }, "http://127.0.0.1:8000/"],
    ["0.0.0.0:0", { host: "0.0.0.0", port: 0 }, "http://0.0.0.0:0/"],
    ["localhost:1", { host: "localhost", port: 1 }, "http://localhost:1/"],
    ["[::1]:65535", { host: "::1", port: 65_535 }, "http://[::1]:65535/"],
    ["8000", { host: "127.0.0.1", port: 8000 }, "http://127.0.0.1:8000/"],
  ])("%s is understood", (text, address, url) => {
    expect(parseAddress(text)).toEqual(address);
    expect(urlOf(address)).toBe(url);
  });

  test.each([
    "",
    "home-dual",
    "127.0.0.1",
    "127.0.0.1:",
    ":80",
    "::1:80",
    "127.0.0.1:65536",
    "example.com:80",
    "[127.0.0.1]:80",
  ])("%j is refused, and it is said what is expected", (text) => {
    expect(() => parseAddress(text)).toThrow("is not HOST:PORT, such as 127.0.0.1:7332");
  });
});

describe("a request's host", () => {
  test.each([
    ["127.0.0.1:7332", "127.0.0.1", true],
    ["127.0.0.1:9000", "127.0.0.1", true], // through a tunnel
    ["localhost:7332", "127.0.0.1", true],
    ["LOCALHOST", "127.0.0.1", true],
    ["[::1]:7332", "127.0.0.1", true],
    ["127.0.0.1:7332", "::1", true],
    ["evil.example:7332", "127.0.0.1", false],
    ["127.0.0.1.evil.example", "127.0.0.1", false],
    ["localhost.evil.example", "127.0.0.1", false],
    ["evil.example:127", "localhost", false],
    ["192.0.2.7:7332", "127.0.0.1", false],
    ["", "127.0.0.1", false],
    [undefined, "127.0.0.1", false],
    ["192.0.2.7:7332", "192.0.2.7", true],
    ["localhost:7332", "192.0.2.7", false],
    ["192.0.2.8:7332", "192.0.2.7", false],
    ["192.0.2.8:7332", "0.0.0.0", true],
    ["[2001:db8::1]:7332", "::", true],
    ["localhost", "::", true],
    ["evil.example", "0.0.0.0", false],
  ])("%s at a server on %s is its own: %s", (header, bound, expected) => {
    expect(isOwnHost(header, bound)).toBe(expected);
  });
});
