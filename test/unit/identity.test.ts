import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientIdOf, duidOfMac, duidOfUuid, macOfDigest } from "../../src/policy/identity.ts";

const anyMac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":"));

describe("the DUID of a product UUID", () => {
  test("is type 4 and the sixteen bytes in the order of the text (RFC 6355 section 4)", () => {
    expect(duidOfUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8")).toBe(
      "00:04:6b:a7:b8:10:9d:ad:11:d1:80:b4:00:c0:4f:d4:30:c8",
    );
  });

  test("does not depend on how the kernel writes the UUID", () => {
    const plain = duidOfUuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    expect(duidOfUuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8\n")).toBe(plain);
    expect(duidOfUuid("6ba7b8109dad11d180b400c04fd430c8")).toBe(plain);
  });

  test.each([
    ["00000000-0000-0000-0000-000000000000"],
    ["ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ["FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
    ["03000200-0400-0500-0006-000700080009"],
    ["00020003-0004-0005-0006-000700080009"],
    ["11111111-1111-1111-1111-111111111111"],
    ["Not Settable"],
    ["To be filled by O.E.M."],
    ["6ba7b810-9dad-11d1-80b4"],
    ["6ba7b810-9dad-11d1-80b4-00c04fd430c8-00"],
    ["g0a7b810-9dad-11d1-80b4-00c04fd430c8"],
    [""],
  ])("does not exist for %j, which thousands of boards have or which is no UUID", (uuid) => {
    expect(duidOfUuid(uuid)).toBeNull();
  });

  test("differs whenever the UUIDs differ", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        fc.pre(a !== b);
        expect(duidOfUuid(a)).not.toBe(duidOfUuid(b));
      }),
    );
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
