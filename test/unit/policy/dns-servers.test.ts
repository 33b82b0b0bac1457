import { describe, expect, test } from "vitest";
import type { DnsAnswer } from "../../../src/policy/dns-message.ts";
import {
  dnsHindrance,
  type DnsRecord,
  faultOf,
  isRight,
  ordered,
  withFallback,
} from "../../../src/policy/dns-servers.ts";

const said = (server: string, answer: DnsAnswer | null): DnsRecord => ({
  server,
  answers: [{ host: "hub.example", answer }],
  invented: [],
});
const gives = (server: string, ...addresses: string[]) => said(server, { rcode: "NOERROR", addresses });
const good = gives("10.0.0.1", "192.0.2.80");
const none = gives("10.0.0.2");
const dead = said("10.0.0.3", null);
const refusing = said("10.0.0.4", { rcode: "REFUSED", addresses: [] });
const lying = { ...gives("10.0.0.5", "192.0.2.66"), invented: ["192.0.2.66"] };

test.each([
  { record: good, fault: null },
  { record: none, fault: null },
  { record: dead, fault: "DNS server 10.0.0.3 does not answer" },
  { record: refusing, fault: "DNS server 10.0.0.4 answers REFUSED for every target" },
  {
    record: lying,
    fault: "DNS server 10.0.0.5 gives 192.0.2.66 for hub.example, as for any name, even one that does not exist",
  },
  {
    record: gives("10.0.0.6", "192.168.1.1"),
    fault: "DNS server 10.0.0.6 gives 192.168.1.1 for hub.example, a private address",
  },
  {
    record: gives("10.0.0.7", "0.0.0.0"),
    fault: "DNS server 10.0.0.7 gives 0.0.0.0 for hub.example, which is no host's address",
  },
])("$record.server: $fault", ({ record, fault }) => {
  expect(faultOf(record)).toBe(fault);
});

describe("what is wrong with DNS", () => {
  test("is told of all servers, with what each did", () => {
    expect(dnsHindrance([dead, refusing])).toEqual({
      kind: "dns",
      by: "10.0.0.3, 10.0.0.4",
      says: "DNS server 10.0.0.3 does not answer; DNS server 10.0.0.4 answers REFUSED for every target",
    });
  });

  test("is that there is none, where none is named", () => {
    expect(dnsHindrance([])?.says).toBe("no DNS server is named");
  });

  test("is nothing where one server is right, for then others are no reason", () => {
    expect(dnsHindrance([dead, good])).toBeNull();
    expect(dnsHindrance([dead, none])).toBeNull();
  });

  test("is told when others were asked instead", () => {
    const own = dnsHindrance([dead]);
    expect(own && withFallback(own, ["9.9.9.9"]).says).toBe(
      "DNS server 10.0.0.3 does not answer: fallback DNS (9.9.9.9) was used",
    );
  });
});

describe("DNS servers are asked in an order", () => {
  const order = (records: DnsRecord[], before: string[] = []) => ordered(records, before);

  test("those first that know the targets, then silent ones, then those that are wrong", () => {
    expect(order([lying, dead, good])).toEqual(["10.0.0.1", "10.0.0.3", "10.0.0.5"]);
  });

  test("that stays while its first one is right, so that two good ones do not take turns", () => {
    const other = { ...good, server: "10.0.0.9" };
    expect(order([good, other], ["10.0.0.9", "10.0.0.1"])).toEqual(["10.0.0.9", "10.0.0.1"]);
    expect(order([good, dead], ["10.0.0.3", "10.0.0.1"])).toEqual(["10.0.0.1", "10.0.0.3"]);
    expect(order([good, other], ["10.0.0.9", "10.0.0.8"])).toEqual(["10.0.0.1", "10.0.0.9"]);
  });

  test("that is the network's own where nobody is right", () => {
    expect(order([dead, { ...dead, server: "10.0.0.8" }])).toEqual(["10.0.0.3", "10.0.0.8"]);
  });
});

test("a server is right when it knows a target", () => {
  expect([good, none, dead, refusing, lying].map(isRight)).toEqual([true, false, false, false, false]);
});
