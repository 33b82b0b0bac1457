import { describe, expect, test } from "vitest";
import { hasGatewayNews, toBeginAnew } from "../../machines/networkd-context.ts";
import type { NodeFacts, Reach } from "../../src/contract.ts";
import { exitThrough, exitThroughUplink } from "../../src/policy/choice.ts";
import { healthyNode, reaches } from "./samples.ts";

const reach = reaches["all works"];
const without6 = (who: keyof Reach): Reach => ({
  ...reach,
  [who]: { ...reach[who], v6: { ...reach[who].v6, state: "fails" } },
});
const strangers = ["2001:db8:bad::9/64", "2001:db8:bad:1::9/64"];
const told = (link: "zos" | "npub6"): NodeFacts => ({
  ...healthyNode,
  [link]: { ...healthyNode[link], ipv6: [...healthyNode[link].ipv6, ...strangers] },
});
const routers = Array.from({ length: 16 }, (_, index) => `fe80::66:${index}`);
const crowd: NodeFacts = { ...told("npub6"), npub6: { ...told("npub6").npub6, gateways6: routers } };

describe("what strangers advertised", () => {
  test.each<[string, NodeFacts, Reach, number, (keyof Reach)[]]>([
    [
      "is forgotten when workloads have tried in vain for a while",
      told("npub6"),
      without6("workloads"),
      2,
      ["workloads"],
    ],
    ["is left at the first failure", told("npub6"), without6("workloads"), 1, []],
    [
      "is forgotten at once when they are more routers than anybody has",
      crowd,
      without6("workloads"),
      0,
      ["workloads"],
    ],
    ["is left while it leads out", told("npub6"), reach, 9, []],
    ["is forgotten of the node alone", told("zos"), without6("node"), 0, ["node"]],
    [
      "is left of a node without IPv4",
      { ...told("zos"), zos: { ...told("zos").zos, ipv4: [] } },
      without6("node"),
      9,
      [],
    ],
    ["is nothing where one router told of one prefix", healthyNode, without6("workloads"), 9, []],
  ])("%s", (...[, facts, found, attempts, expected]) => {
    expect(toBeginAnew({ exit: exitThroughUplink, facts, reach: found, attempts })).toEqual(expected);
  });
});

describe("a node that alone has lost its IPv6", () => {
  const bare: NodeFacts = { ...healthyNode, zos: { ...healthyNode.zos, ipv6: [], gateways6: [] } };
  const since = { silent: [], providers: "", gateways4: "" };

  test("begins anew where workloads have it by the same network", () => {
    expect(toBeginAnew({ exit: exitThroughUplink, facts: bare, reach, attempts: 0 })).toEqual(["node"]);
    expect(toBeginAnew({ exit: exitThrough("eth1", true), facts: bare, reach, attempts: 0 })).toEqual([]);
    const neither = { ...bare, npub6: bare.zos };
    expect(toBeginAnew({ exit: exitThroughUplink, facts: neither, reach, attempts: 0 })).toEqual([]);
  });

  test.each([
    ["is tried", true, bare, true],
    ["is tried once", false, bare, false],
    ["is tried again when it is back", false, healthyNode, true],
    ["was not looked at before", null, bare, false],
  ] as const)("%s", (...[, hadZosIpv6, facts, expected]) => {
    expect(hasGatewayNews({ ...since, hadZosIpv6, facts })).toBe(expected);
  });
});

describe("another IPv4 gateway", () => {
  const by = (gateway: string): NodeFacts => ({
    ...healthyNode,
    zos: { ...healthyNode.zos, gateways4: ["192.168.1.1"] },
    npub4: { ...healthyNode.npub4, gateways4: gateway === "" ? [] : [gateway] },
  });
  const since = { silent: [], providers: "", gateways4: "192.168.1.1; 192.168.1.1", hadZosIpv6: null };

  test.each([
    ["is tried", "192.168.1.66", true],
    ["is none where it is the same", "192.168.1.1", false],
    ["is none where there is none any more", "", false],
  ])("%s", (_, gateway, expected) => {
    expect(hasGatewayNews({ ...since, facts: by(gateway) })).toBe(expected);
  });
});
