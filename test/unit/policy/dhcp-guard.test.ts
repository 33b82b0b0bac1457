import { describe, expect, test } from "vitest";
import {
  guardRules,
  guardTable,
  mayShun,
  shunRules,
  triedServers,
  unguardRules,
} from "../../../src/policy/dhcp-guard.ts";
import { lease } from "./probe-facts.ts";

const rules = guardRules("eth0", "02:00:00:00:00:01");

describe("the guard of a NIC against what DHCP servers say to others", () => {
  test("replaces its own table in one transaction and touches no other", () => {
    expect(rules).not.toContain("flush");
    expect(rules.match(/^(delete )?table .*$/gm)).toEqual([
      "table netdev zos-boot-dhcp-eth0",
      "delete table netdev zos-boot-dhcp-eth0",
      "table netdev zos-boot-dhcp-eth0 {",
    ]);
  });

  test("lets everything pass that is no answer of a DHCP server, but advertisements that cripple a link", () => {
    const ingress = rules.slice(rules.indexOf("chain ingress")).split("\n");
    expect(ingress.slice(1, 7).map((line) => line.trim())).toEqual([
      'type filter hook ingress device "eth0" priority 0; policy accept;',
      "ip protocol udp udp sport 67 udp dport 68 jump answers",
      "icmpv6 type nd-router-advert @th,32,8 1-31 drop",
      "icmpv6 type nd-router-advert @th,64,32 > 3600000 drop",
      "icmpv6 type nd-router-advert @th,96,32 > 10000 drop",
      "}",
    ]);
  });

  test("takes a refusal of the server that answered first, or when none has, and no other", () => {
    const refusals = rules.split("\n").flatMap((line) => /@th,1984,24 0x350106 (.*)$/.exec(line)?.[1] ?? []);
    expect(refusals).toEqual(["ip saddr . @th,96,32 @chosen accept", "@th,96,32 @taken drop", "accept"]);
  });

  test("is taken away again", () => {
    expect(unguardRules("eth0")).toBe("table netdev zos-boot-dhcp-eth0\ndelete table netdev zos-boot-dhcp-eth0\n");
  });

  test("has a table of its own for each name that a NIC may have, of characters that nft takes", () => {
    const nics = ["eth0", "wan-port.1", "a:b", "a+b", "a@b", "0eth", "_x"];
    const tables = nics.map(guardTable);
    expect(new Set(tables).size).toBe(nics.length);
    for (const table of tables) expect(table).toMatch(/^[a-z][\w./-]*$/);
  });
});

describe("servers that are not heard", () => {
  test("replace those before them", () => {
    expect(shunRules("eth0", ["192.0.2.1", "192.0.2.2"]).split("\n")).toEqual([
      "flush set netdev zos-boot-dhcp-eth0 shunned",
      "add element netdev zos-boot-dhcp-eth0 shunned { 192.0.2.1 }",
      "add element netdev zos-boot-dhcp-eth0 shunned { 192.0.2.2 }",
    ]);
  });

  test("are those that were tried, up to three", () => {
    const from = (server: string | null) => ({ lease: { ...lease("192.0.2.254"), server } });
    expect(triedServers(from("192.0.2.1"))).toEqual(["192.0.2.1"]);
    expect(triedServers({ ...from("192.0.2.2"), shunned: ["192.0.2.1"] })).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(triedServers({ ...from("192.0.2.3"), shunned: ["192.0.2.1", "192.0.2.2"] })).toEqual([]);
    expect(triedServers(from(null))).toEqual([]);
  });

  test.each([
    { says: "another one has offered a lease", servers: ["a"], offering: ["a", "b"], may: true },
    { says: "two are tried and a third has offered", servers: ["a", "b"], offering: ["c", "b", "a"], may: true },
    { says: "there is no other", servers: ["a"], offering: ["a"], may: false },
    { says: "all were tried", servers: ["a", "b"], offering: ["a", "b"], may: false },
    { says: "a relay speaks for the server", servers: ["a"], offering: ["relay"], may: false },
    { says: "nobody was seen", servers: ["a"], offering: [], may: false },
  ])("are so, or not, when $says", ({ servers, offering, may }) => {
    expect(mayShun(servers, offering)).toBe(may);
  });
});
