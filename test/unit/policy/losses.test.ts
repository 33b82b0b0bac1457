import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AddressFacts, NodeFacts, Part } from "../../../src/contract.ts";
import { hasIpv4, hasIpv6, lossesOf as allLossesOf } from "../../../src/policy/losses.ts";

const lossesOf = (facts: NodeFacts) => allLossesOf(facts, ["v4"]).map(({ loss }) => loss);
const nothing: AddressFacts = { ipv4: [], ipv6: [], gateways4: [], gateways6: [] };
const ipv4Only: AddressFacts = { ...nothing, ipv4: ["10.0.0.9/24"], gateways4: ["10.0.0.1"] };
const ipv6Only: AddressFacts = { ...nothing, ipv6: ["2001:db8::2/64"], gateways6: ["fe80::1"] };

const amiss = (part: Part) => ({ amiss: { ...whole.amiss, [part]: ["something"] } });

const idle = { service: "dhcp-zos", why: "dhcp-zos is not run by zinit (Failure)" };

const whole: NodeFacts = {
  amiss: { uplink: [], exit: [], ndmz: [], nat: [] },
  idleClients: [],
  hasFlap: false,
  carriers: ["eth0"],
  silentGateways: [],
  zos: ipv4Only,
  npub4: ipv4Only,
  npub6: ipv6Only,
};

describe("a node that has everything", () => {
  test("has lost nothing", () => {
    expect(lossesOf(whole)).toEqual([]);
  });

  test("is whole with IPv6 alone on zos, where its network gives nothing else", () => {
    expect(allLossesOf({ ...whole, zos: ipv6Only }, ["v6"])).toEqual([]);
  });

  test("is whole without IPv4 in ndmz", () => {
    expect(lossesOf({ ...whole, npub4: nothing })).toEqual([]);
  });
});

describe("a router of ndmz that is silent", () => {
  const two = { ...ipv6Only, gateways6: ["fe80::1", "fe80::2"] };

  test("is a loss while there is another one, for ndmz does not leave it by itself", () => {
    const facts = { ...whole, npub6: two, silentGateways: ["fe80::1%npub6", "fe80::2%zos"] };
    expect(allLossesOf(facts, ["v4"])).toEqual([{ loss: "ipv6", why: "fe80::1, a router of npub6, is silent" }]);
  });

  test.each([
    ["it is the only one", ipv6Only, ["fe80::1%npub6"]],
    ["all are silent", two, ["fe80::1%npub6", "fe80::2%npub6"]],
    ["none is", two, []],
  ])("is none when %s", (_, npub6, silentGateways) => {
    expect(lossesOf({ ...whole, npub6, silentGateways })).toEqual([]);
  });
});

test("a loss says what exactly is amiss, all of it", () => {
  const facts = { ...whole, amiss: { ...whole.amiss, ndmz: ["tonrs is switched off", "there is no npub4"] } };
  expect(allLossesOf(facts, ["v4"])).toEqual([{ loss: "ndmz", why: "tonrs is switched off, there is no npub4" }]);
});

describe("a loss", () => {
  test.each<[string, Partial<NodeFacts>, string[]]>([
    ["no uplink", amiss("uplink"), ["uplink"]],
    ["no address on zos", { zos: nothing }, ["uplink"]],
    ["no default route on zos", { zos: { ...ipv4Only, gateways4: [] } }, ["uplink"]],
    [
      "an IPv4 address and an IPv6 route on zos",
      { zos: { ...ipv4Only, gateways4: [], gateways6: ["fe80::1"] } },
      ["uplink"],
    ],
    ["no exit", amiss("exit"), ["exit"]],
    ["no ndmz", { ...amiss("ndmz"), npub6: nothing }, ["ndmz", "ipv6"]],
    ["a link-local address only in ndmz", { npub6: { ...ipv6Only, ipv6: ["fe80::2/64"] } }, ["ipv6"]],
    ["no default route in ndmz", { npub6: { ...ipv6Only, gateways6: [] } }, ["ipv6"]],
    ["no NAT", amiss("nat"), ["nat"]],
    ["IPv6 alone on zos", { zos: ipv6Only }, ["lease"]],
    ["a client that does not run", { idleClients: [idle] }, ["lease"]],
  ])("%s is found", (_, facts, expected) => {
    expect(lossesOf({ ...whole, ...facts })).toEqual(expected);
  });

  test("comes in the order of the steps that mend it, whatever else is lost", () => {
    const anyAddresses = fc.constantFrom(nothing, ipv4Only, ipv6Only);
    const anyWords = fc.constantFrom<string[][]>([], ["something"]);
    const anyNode = fc.record<NodeFacts>({
      amiss: fc.record({ uplink: anyWords, exit: anyWords, ndmz: anyWords, nat: anyWords }),
      idleClients: fc.constantFrom<NodeFacts["idleClients"][]>([], [idle]),
      hasFlap: fc.boolean(),
      carriers: fc.constant([]),
      silentGateways: fc.constant([]),
      zos: anyAddresses,
      npub4: anyAddresses,
      npub6: anyAddresses,
    });
    fc.assert(
      fc.property(anyNode, (facts) => {
        const losses = lossesOf(facts);
        expect(
          ["uplink", "exit", "ndmz", "ipv6", "nat", "lease"].filter((step) => losses.some((loss) => loss === step)),
        ).toEqual(losses);
      }),
    );
  });
});

test("a unique local address is an IPv6 address for ndmz, a link-local one is not", () => {
  expect(hasIpv6({ ...ipv6Only, ipv6: ["fd00::2/64"] })).toBe(true);
  expect(hasIpv6({ ...ipv6Only, ipv6: ["fe80::2/64"] })).toBe(false);
  expect(hasIpv6({ ...ipv6Only, gateways6: [] })).toBe(false);
});

test("an IPv4 address without a default route leads nowhere", () => {
  expect(hasIpv4(ipv4Only)).toBe(true);
  expect(hasIpv4({ ...ipv4Only, gateways4: [] })).toBe(false);
  expect(hasIpv4({ ...ipv4Only, ipv4: [] })).toBe(false);
});
