import { describe, expect, test } from "vitest";
import {
  admit,
  type Arrivals,
  globalNetworks,
  networkOf64,
  parseVantage,
  reachabilityOf,
  type Trial,
  trialMac,
  unanswered,
  whyNotKnocked,
  withoutGlobal,
} from "../../../src/policy/vantage.ts";

const address = "2001:db8:1::7";
const came: Trial = { address, port: 9_900, reached: true, why: null, isHeard: true };
const stayedOut = (why: Trial["why"]): Trial => ({ ...came, reached: false, why, isHeard: false });
const found = (zdb: Trial, other: Trial) =>
  reachabilityOf({ address, gateways: ["fe80::1"], zdb, other: { ...other, port: 50_000 } });

describe("what trials come to", () => {
  test.each([
    ["both come in", came, came, "possible", /came in to 2001:db8:1::7, port 9900$/],
    ["0-db's port alone is open", came, stayedOut("timeout"), "possible", /other ports than this/],
    ["0-db's port alone is closed", stayedOut("refused"), came, "impossible", /port 9900 alone is refused/],
    ["a firewall drops", stayedOut("timeout"), stayedOut("timeout"), "impossible", /gets no answer;.*router fe80::1/],
    ["a firewall refuses", stayedOut("unreachable"), stayedOut("refused"), "impossible", /is refused;.*router fe80::1/],
    ["somebody else answers", { ...came, isHeard: false }, came, "impossible", /somebody on the way answers/],
    ["addresses are translated", { ...stayedOut("timeout"), address: "2001:db8:9::1" }, came, "impossible", /NAT66/],
  ] as const)("%s", (...[, zdb, other, answer, reason]) => {
    expect(found(zdb, other)).toEqual({ answer, reason: expect.stringMatching(reason) as string });
  });

  test("the same address in another spelling is no translation", () => {
    expect(found({ ...came, address: "2001:DB8:1:0::7" }, came).answer).toBe("possible");
  });

  test("without global IPv6 nothing is possible, and local addresses are named", () => {
    expect(withoutGlobal([])).toEqual({ answer: "impossible", reason: "no global IPv6" });
    expect(withoutGlobal(["fd00::7/64"]).reason).toContain("ULA");
  });

  test("a vantage that is out takes back nothing that is certain", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const before = { ...found(came, came), address, vantage: "http://a.example", at };
    expect(unanswered(before, "it is out", "later")).toBe(before);
    expect(unanswered(null, "it is out", at)).toMatchObject({ answer: "unknown", reason: /it is out/, at });
    expect(unanswered({ ...before, answer: "unknown" }, "it is out", "later").at).toBe("later");
  });
});

test.each(["::ffff:203.0.113.5", "203.0.113.5", "fe80::1", "fe80::1%eth0", "::1", "::", "fd00::7", "ff02::1", "x"])(
  "nobody is connected to at %s",
  (source) => {
    expect(whyNotKnocked(source)).not.toBeNull();
  },
);

test("whoever asks from a global address is connected to", () => {
  expect(whyNotKnocked("2001:db8::7")).toBeNull();
});

test("addresses of a /64 are one to the limit, and those beside are not", () => {
  expect(networkOf64("2001:db8:1:2:3::7")).toBe(networkOf64("2001:db8:1:2::9/64"));
  expect(networkOf64("2001:db8:1:2::7")).not.toBe(networkOf64("2001:db8:1:3::7"));
  expect(globalNetworks(["fd00::7", "2001:db8:2::1", "2001:db8:1::1", "2001:db8:2::2"])).toHaveLength(2);
});

describe("the limit", () => {
  const allowance = { burst: 3, everyMs: 1_000, mostKeys: 2 };
  const asking = (times: [key: string, nowMs: number][]) => {
    let arrivals: Arrivals = new Map();
    return times.map(([key, nowMs]) => {
      const admitted = admit(arrivals, { key, nowMs }, allowance);
      ({ arrivals } = admitted);
      expect(arrivals.size).toBeLessThanOrEqual(allowance.mostKeys);
      return admitted.waitMs;
    });
  };

  test("lets so many pass at once, then one at a time, and says when", () => {
    const times = [0, 0, 0, 0, 500, 1_000, 1_000].map((ms): [string, number] => ["a", 10_000 + ms]);
    expect(asking(times)).toEqual([null, null, null, 1_000, 500, null, 1_000]);
  });

  test("keeps each apart, and strangers out while it knows as many as it may", () => {
    expect(
      asking([
        ["a", 0],
        ["b", 0],
        ["c", 0],
        ["a", 0],
        ["c", 1_500],
      ]),
    ).toEqual([null, null, 1_000, null, null]);
  });
});

test.each([
  ["http://vantage.example", { host: "vantage.example", port: 7_333 }],
  ["http://[2001:db8::7]:7444/", { host: "2001:db8::7", port: 7_444 }],
  ["https://vantage.example", null],
  ["http://192.0.2.1", null],
  ["http://vantage.example:0", null],
  ["http://vantage.example:70000", null],
  ["http://vantage.example/path", null],
  ["http://a b", null],
  ["vantage.example", null],
])("%s is read as a vantage's address or not", (text, url) => {
  expect(parseVantage(text)).toEqual(url);
});

test("a trial has a MAC address of its own, the same each time, unicast and locally administered", () => {
  const mac = trialMac("02:11:22:33:44:55");
  expect(mac).toBe("02:11:22:33:e1:55");
  expect(trialMac("02:11:22:33:44:55")).toBe(mac);
});
