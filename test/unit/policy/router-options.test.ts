import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dnsServersOf, routerDnsOf, userOptionsIn } from "../../../src/policy/router-options.ts";

function routerDnsIn(bytes: Buffer) {
  const { options, read } = userOptionsIn(bytes);
  return { told: options.flatMap((each) => routerDnsOf(each) ?? []), read };
}

/** As Linux 6.18 tells of an advertisement of dnsmasq: a prefix, which is no DNS server, and a DNS server. */
const prefix =
  "54000000440000000000000000000000" +
  "0a002000030000008600000000000000030440c0ffffffffffffffff0000000020010db800050000000000000000000014000100fe80000000000000702e40fffef92925";
const header = (bytes: number) => {
  const text = Buffer.alloc(16);
  text.writeUInt32LE(16 + bytes, 0);
  text.writeUInt16LE(68, 4);
  return text;
};
const body = (lifetime = "ffffffff", option = "1903") =>
  Buffer.from(
    `0a001800030000008600000000000000${option}0000${lifetime}20010db8ffff0000000000000000005414000100fe80000000000000702e40fffef92925`,
    "hex",
  );
const message = (...args: Parameters<typeof body>) => Buffer.concat([header(body(...args).length), body(...args)]);
const router = "fe80::702e:40ff:fef9:2925";
const told = { ifindex: 3, router, dnsServers: ["2001:db8:ffff::54"] };

describe("DNS servers in advertisements", () => {
  test("are read, and other messages left out", () => {
    const bytes = Buffer.concat([Buffer.from(prefix, "hex"), message()]);
    expect(routerDnsIn(bytes)).toEqual({ told: [told], read: bytes.length });
  });

  test("are taken back with a lifetime of 0", () => {
    expect(routerDnsIn(message("00000000")).told).toEqual([{ ...told, dnsServers: [] }]);
  });

  test.each([
    ["another option", message("ffffffff", "1f03")],
    ["a length that lies", message("ffffffff", "19ff")],
    ["no length", message("ffffffff", "1900")],
  ])("are not found in %s", (_, bytes) => {
    expect(routerDnsIn(bytes).told.flatMap(({ dnsServers }) => dnsServers)).toEqual([]);
  });

  test("are not waited for where a message says that it is larger than any", () => {
    for (const length of [65_537, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
      const bytes = Buffer.concat([message(), message(), message()]);
      bytes.writeUInt32LE(length, message().length);
      expect(routerDnsIn(bytes)).toEqual({ told: [told], read: bytes.length });
    }
  });

  test("are read in whatever pieces they come", () => {
    const all = Buffer.concat([message(), message("00000000"), message()]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (sizes) => {
        let rest: Buffer = Buffer.alloc(0);
        let count = 0;
        let from = 0;
        for (const size of [...sizes, all.length]) {
          rest = Buffer.concat([rest, all.subarray(from, from + size)]);
          from += size;
          const found = routerDnsIn(rest);
          count += found.told.length;
          rest = rest.subarray(found.read);
        }
        expect([count, rest.length]).toEqual([3, 0]);
      }),
    );
  });

  test("are not found in noise, which is never read beyond its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(routerDnsIn(Buffer.from(noise)).read).toBeLessThanOrEqual(noise.length);
      }),
    );
  });
});

test("each router's last word counts, and a link-local server gets its link", () => {
  const heard = new Map([
    ["fe80::1", ["2001:db8::53", "fe80::1"]],
    ["fe80::2", ["2001:db8::53", "ff02::1", "::"]],
  ]);
  expect(dnsServersOf(heard, "zos")).toEqual(["2001:db8::53", "fe80::1%zos"]);
  heard.set("fe80::1", []);
  expect(dnsServersOf(heard, "zos")).toEqual(["2001:db8::53"]);
});
