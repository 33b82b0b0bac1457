import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTarget, type Target } from "../../../src/policy/target.ts";

const answer = (path: string, status: number | null, body: string | null) =>
  ({ kind: "answer", path, status, body }) as const;

describe("a target", () => {
  test.each([
    ["registrar.example.net:443", "registrar.example.net", 443],
    ["localhost:1", "localhost", 1],
    ["192.0.2.1:65535", "192.0.2.1", 65_535],
    ["[2001:db8::1]:80", "2001:db8::1", 80],
    ["[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1", 80],
    ["1-2-3.example:80", "1-2-3.example", 80],
  ])("may be %s", (text, host, port) => {
    expect(parseTarget(text)).toEqual({ host, port, text, proof: { kind: "accepts" } });
  });

  test.each<[string, Partial<Target>]>([
    ["https://hub.example", { host: "hub.example", port: 443, proof: { kind: "certificate" } }],
    ["https://hub.example/", { port: 443, proof: { kind: "certificate" } }],
    ["https://[2001:db8::1]:8443", { host: "2001:db8::1", port: 8_443 }],
    ["http://check.example/generate_204#204", { port: 80, proof: answer("/generate_204", 204, null) }],
    ["http://check.example#success", { proof: answer("/", null, "success") }],
    ["http://192.0.2.1:8080/a?b=c#Microsoft NCSI", { port: 8_080, proof: answer("/a?b=c", null, "Microsoft NCSI") }],
  ])("may ask for a proof: %s", (text, meant) => {
    expect(parseTarget(text)).toMatchObject({ ...meant, text });
  });

  test.each([
    "",
    "http://check.example/generate_204",
    "https://hub.example/path",
    "https://hub.example#204",
    "https://",
    "ftp://hub.example:21",
    "http://check.example/a b#204",
    "http://check.example/\u00e9#204",
    "http://check.example/#2\n04",
    "hub.example:80/",
    "example.net",
    "example.net:",
    "example.net:0",
    "example.net:65536",
    "example.net:-1",
    "example.net:80 ",
    " example.net:80",
    "example.net:80\n",
    ":80",
    "2001:db8::1:80",
    "[2001:db8::1]",
    "[192.0.2.1]:80",
    "[]:80",
    "192.0.2.256:80",
    "1.2.3:80",
    "-example.net:80",
    "example-.net:80",
    "exa mple.net:80",
    "example..net:80",
    "user@example.net:80",
    "http://example.net:80",
    `${"a".repeat(64)}.net:80`,
  ])("must not be %j, and the message shows it", (text) => {
    expect(() => parseTarget(text)).toThrow(
      expect.objectContaining({ code: "bad-config", message: expect.stringContaining(JSON.stringify(text)) }),
    );
  });

  test("of any address and port is read back as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
        const text = `${host.includes(":") ? `[${host}]` : host}:${port}`;
        expect(parseTarget(text)).toEqual({ host, port, text, proof: { kind: "accepts" } });
      }),
    );
  });
});
