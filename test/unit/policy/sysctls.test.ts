import { expect, test } from "vitest";
import { autoconfigured, forwarding, ipv6Off, probed } from "../../../src/policy/sysctls.ts";

test("a link that carries traffic keeps duplicate address detection, a probe's does without", () => {
  const link = autoconfigured("npub6");
  expect(link["net/ipv6/conf/npub6/optimistic_dad"]).toBe(1);
  expect(Object.keys(link).some((name) => /accept_dad|dad_transmits/.test(name))).toBe(false);
  expect(probed("eth0")[0]).toEqual(["net/ipv6/conf/eth0/accept_dad", 0]);
});

test("a link takes advertisements although the node forwards, for which 1 would not do", () => {
  expect(autoconfigured("npub6")["net/ipv6/conf/npub6/accept_ra"]).toBe(2);
});

test("switching forwarding on comes before new links get their own parameters", () => {
  expect(Object.keys(forwarding)[0]).toMatch(/forward/);
  expect(Object.keys(forwarding).some((name) => name.includes("conf/all/accept_ra"))).toBe(false); // changes no link
});

test("a link's name with a dot is one part of the path", () => {
  expect(Object.keys(ipv6Off("eth0.100"))).toEqual(["net/ipv6/conf/eth0.100/disable_ipv6"]);
});
