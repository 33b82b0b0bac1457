import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  firstLabelOf,
  clientIdOf,
  duidOfDigest,
  duidOfMac,
  isSameBoard,
  macOfDigest,
  productUuid,
} from "../../../src/policy/identity.ts";

const anyMac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":"));

describe("the product UUID", () => {
  test("does not depend on how the kernel writes it", () => {
    const plain = "6ba7b8109dad11d180b400c04fd430c8";
    expect(productUuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8\n")).toBe(plain);
    expect(productUuid(plain)).toBe(plain);
  });

  test.each([
    ["00000000-0000-0000-0000-000000000000"],
    ["ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ["FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
    ["03000200-0400-0500-0006-000700080009"],
    ["00020003-0004-0005-0006-000700080009"],
    ["11111111-1111-1111-1111-111111111111"],
    ["12345678-1234-5678-90ab-cddeefaabbcc"],
    ["00000000-0000-0000-0000-000000000123"],
    ["Not Settable"],
    ["To be filled by O.E.M."],
    ["6ba7b810-9dad-11d1-80b4"],
    ["6ba7b810-9dad-11d1-80b4-00c04fd430c8-00"],
    ["g0a7b810-9dad-11d1-80b4-00c04fd430c8"],
    [""],
  ])("is none for %j, which thousands of boards have or which is no UUID", (uuid) => {
    expect(productUuid(uuid)).toBeNull();
  });
});

describe("the DUID of a digest", () => {
  test("is type 4 and a UUID of version 8 (RFC 6355 section 4, RFC 9562 section 5.8)", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const digest = createHash("sha256").update(text).digest("hex");
        expect(duidOfDigest(digest)).toMatch(
          /^00:04(:[0-9a-f]{2}){6}:8[0-9a-f]:[0-9a-f]{2}:[89ab][0-9a-f](:[0-9a-f]{2}){7}$/,
        );
      }),
    );
  });
});

describe("a kept identity", () => {
  const kept = { duid: "00:04:aa", uuid: "a".repeat(32), macs: ["02:00:00:00:00:01", "02:00:00:00:00:02"] };

  test.each([
    ["one of its NICs is unplugged", { uuid: kept.uuid, macs: ["02:00:00:00:00:02"] }, true],
    ["a NIC came that was not there", { uuid: kept.uuid, macs: ["02:00:00:00:00:00", "02:00:00:00:00:01"] }, true],
    ["no driver has found a NIC yet", { uuid: kept.uuid, macs: [] }, true],
    ["the disk is in another board of the same UUID", { uuid: kept.uuid, macs: ["02:00:00:00:00:09"] }, false],
    ["a NIC of it is in another board", { uuid: "b".repeat(32), macs: ["02:00:00:00:00:01"] }, false],
    ["there is nothing to compare", { uuid: null, macs: [] }, false],
  ])("when %s", (_, hardware, isSame) => {
    expect(isSameBoard(kept, hardware)).toBe(isSame);
  });

  test("of a board without UUID goes by its NICs alone", () => {
    const without = { ...kept, uuid: null };
    expect(isSameBoard(without, { uuid: null, macs: ["02:00:00:00:00:02"] })).toBe(true);
    expect(isSameBoard(without, { uuid: null, macs: [] })).toBe(false);
  });
});

test("the DUID of a MAC is type 3, hardware type Ethernet, and the address (RFC 8415 section 11.4)", () => {
  expect(duidOfMac("02:AB:cd:00:00:01")).toBe("00:03:00:01:02:ab:cd:00:00:01");
});

describe("the client identifier", () => {
  const duid = "00:03:00:01:02:ab:cd:00:00:01";

  test("is type 255, four bytes of IAID and the DUID (RFC 4361 section 6.1)", () => {
    expect(clientIdOf(duid, "02:00:00:00:0A:0b")).toBe(`ff:00:00:0a:0b:${duid}`);
  });

  test("has the bytes of its DUID at the end, and is colon-separated hex throughout", () => {
    fc.assert(
      fc.property(anyMac, anyMac, (machine, nic) => {
        const id = clientIdOf(duidOfMac(machine), nic);
        expect(id).toMatch(/^ff(:[0-9a-f]{2}){14}$/);
        expect(id.endsWith(duidOfMac(machine))).toBe(true);
      }),
    );
  });

  test("differs between two NICs of one node, so that each gets a lease of its own", () => {
    expect(clientIdOf(duid, "02:00:00:00:00:01")).not.toBe(clientIdOf(duid, "02:00:00:00:00:02"));
  });

  test("is one for a NIC and for the bridge that has taken the NIC's address", () => {
    expect(clientIdOf(duid, "02:00:00:00:00:0A")).toBe(clientIdOf(duid, "02:00:00:00:00:0a"));
  });
});

describe("a MAC derived from a digest", () => {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");

  test("is unicast and locally administered", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const mac = macOfDigest(digest(text));
        expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
        expect(Number.parseInt(mac.slice(0, 2), 16) & 0b11).toBe(0b10);
      }),
    );
  });

  test("keeps all other bits of the digest", () => {
    expect(macOfDigest("00112233445566")).toBe("02:11:22:33:44:55");
    expect(macOfDigest("ffeeddccbbaa99")).toBe("fe:ee:dd:cc:bb:aa");
  });
});

test.each([
  ["node", "node"],
  ["node.farm.example", "node"],
  ["Node-7", "Node-7"],
  ["-node", null],
  ["", null],
  ["a_b", null],
  ["x".repeat(64), null],
])("%j is known to a DHCP server as %j", (hostname, label) => {
  expect(firstLabelOf(hostname)).toBe(label);
});
