import ipaddr from "ipaddr.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resourcePort } from "../../../src/policy/names.ts";
import { resourceSide } from "../../../src/policy/ndmz-plan.ts";
import { addressesOfResource, freeIndex } from "../../../src/policy/resource-address.ts";

const anyIndex = fc.string().map((namespace) => freeIndex(namespace, []));

test("a network resource has the same number on every boot of an empty node", () => {
  expect(freeIndex("n-user1", [])).toBe(freeIndex("n-user1", ["zos", "eth0", "br-ndmz"]));
});

test("a number that another resource has is not given again", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 20 }), (namespace, others) => {
      const links: string[] = [];
      for (const other of [namespace, ...others]) links.push(resourcePort(freeIndex(other, links)));
      expect(new Set(links).size).toBe(links.length);
    }),
  );
});

test("the last free number is found, and then there is none", () => {
  const all = Array.from({ length: 0x10000 }, (_, index) => resourcePort(index));
  expect(
    freeIndex(
      "n",
      all.filter((port) => port !== resourcePort(2)),
    ),
  ).toBe(2);
  expect(
    freeIndex(
      "n",
      all.filter((port) => port !== resourcePort(0xfffe)),
    ),
  ).toBe(0xfffe);
  const unusable = [0, 1, 0xffff].map(resourcePort); // network, ndmz itself, broadcast
  expect(() =>
    freeIndex(
      "n",
      all.filter((port) => !unusable.includes(port)),
    ),
  ).toThrow(expect.objectContaining({ code: "busy" }));
});

test("the addresses of a resource are in ndmz's networks, and are none of ndmz's own, no network and no broadcast address", () => {
  const taken = resourceSide.addresses.map((address) => ipaddr.parse(address.replace(/\/.*/, "")).toNormalizedString());
  fc.assert(
    fc.property(anyIndex, (index) => {
      for (const [place, address] of addressesOfResource(index).entries()) {
        const network = ipaddr.parseCIDR(place === 0 ? "100.127.0.0/16" : "fd00::/64");
        const parsed = ipaddr.parse(address.replace(/\/.*/, ""));
        expect(parsed.match(network)).toBe(true);
        expect(address.endsWith(`/${network[1]}`)).toBe(true);
        expect([...taken, "100.127.0.0", "100.127.255.255"]).not.toContain(parsed.toNormalizedString());
      }
    }),
  );
});

test("two numbers never share an address of either family", () => {
  fc.assert(
    fc.property(anyIndex, anyIndex, (a, b) => {
      fc.pre(a !== b);
      const [a4, a6] = addressesOfResource(a);
      const [b4, b6] = addressesOfResource(b);
      expect(a4).not.toBe(b4);
      expect(a6).not.toBe(b6);
    }),
  );
});
