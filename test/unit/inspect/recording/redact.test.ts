import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../../../src/inspect/recording/redact.ts";
import { createMask } from "../../../../src/inspect/recording/stand-ins.ts";
import type { Json, StreamRecord, TransitionRecord } from "../../../../src/inspect/recording/records.ts";
import { classOfIpv4, isGlobalIpv6, isLinkLocalIpv4, isUniqueLocal } from "../../../../src/policy/addresses.ts";

const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc
  .oneof(
    fc.tuple(byte, byte, byte, byte),
    fc.tuple(
      fc.constantFrom(10, 127, 169, 172, 192, 100, 198, 203),
      fc.constantFrom(16, 31, 64, 168, 254, 0, 18),
      byte,
      byte,
    ),
  )
  .map((parts) => parts.join("."));
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(
      fc.constantFrom("fe80::", "fd12:3456::", "2a02:810d:1:2::", "ff02::1:ff00:"),
      fc.integer({ min: 1, max: 0xffff }),
    )
    .map(([prefix, host]) => prefix + host.toString(16)),
);
const hexBytes = (length: number) =>
  fc
    .array(byte, { minLength: length, maxLength: length })
    .map((all) => all.map((each) => each.toString(16).padStart(2, "0")).join(":"));
const hardware = fc.oneof(hexBytes(6), hexBytes(10), hexBytes(18));
const secret = fc.oneof(ipv4, ipv6, hardware);

const kept = ["unspecified", "loopback", "broadcast", "multicast"];
const tellsNothing = (text: string) =>
  ipaddr.isValid(text) && kept.includes(ipaddr.parse(text).range()) && !text.startsWith("ff02::1:ff");

/** Sentences, argument lists and JSON put addresses between such things. */
const around = fc.constantFrom(
  ["", ""],
  ["lease ", "/24 via it"],
  ["[", "]:443"],
  ['"', '",'],
  ["at ", ":"],
  ["(", ")"],
  ["to ", "."],
  ["a=", ";"],
  ["via ", "%eth0"],
  ["lladdr ", " dev x"],
);

describe("a masked text", () => {
  test("has no address of the original any more, wherever it stood", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(secret, around), { maxLength: 5 }), (parts) => {
        const masked = createMask()(
          parts.map(([text, [before = "", after = ""]]) => `${before}${text}${after}`).join(" "),
        );
        const words = new Set(masked.split(/[^0-9A-Fa-f:.]+/).map((word) => word.replace(/[:.]$/, "")));
        const standIns = new Set(masked.match(/[\w:.]+/g));
        for (const [text] of parts) {
          // A stand-in of one address may by chance be another one's original.
          if (!tellsNothing(text) && !isStandIn(text))
            expect(words.has(text) || standIns.has(text), `${text} in ${masked}`).toBe(false);
        }
      }),
    );
  });

  test("has the same stand-in for the same address, and different ones for different addresses", () => {
    fc.assert(
      fc.property(fc.uniqueArray(secret, { selector: normal, maxLength: 300 }), (all) => {
        const mask = createMask();
        const standIns = all.map((each) => mask(each));
        expect(new Set(standIns.map(normal)).size).toBe(all.length);
        expect(all.map((each) => mask(each))).toEqual(standIns);
      }),
    );
  });

  test("shows of each IPv4 address which class it has", () => {
    fc.assert(
      fc.property(fc.array(ipv4, { maxLength: 50 }), (all) => {
        const mask = createMask();
        for (const each of all) {
          expect(classOfIpv4(mask(each)), each).toBe(classOfIpv4(each) ?? classOfIpv4(mask(each)));
          expect(isLinkLocalIpv4(mask(each))).toBe(isLinkLocalIpv4(each));
        }
      }),
    );
  });

  test("shows of each IPv6 address whether it is global, unique local or link-local", () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        const masked = createMask()(address);
        if (isGlobalIpv6(address)) expect(isGlobalIpv6(masked)).toBe(true);
        expect(isUniqueLocal(masked)).toBe(isUniqueLocal(address));
        expect(ipaddr.parse(masked).range() === "linkLocal").toBe(ipaddr.parse(address).range() === "linkLocal");
      }),
    );
  });

  test("keeps those together that are in one network", () => {
    const mask = createMask();
    expect(["192.168.7.1", "192.168.7.23", "192.168.8.1", "192.168.7.0/24"].map(mask)).toEqual([
      "192.168.0.1",
      "192.168.0.2",
      "192.168.1.1",
      "192.168.0.0/24",
    ]);
    expect(["2a02:1:2:3::1", "2a02:1:2:3:4:5:6:7", "2a02:1:2:3::/64"].map(mask)).toEqual([
      "2001:db8:0:1::1",
      "2001:db8:0:1::2",
      "2001:db8:0:1::/64",
    ]);
  });

  test.each([
    "internet.probe.watch.open always 0",
    "xstate.after.stepBackoff.internet.bridge.retry",
    "2026-11-22T13:59:03.123Z",
    "took 12:30:45, ratio 1:2, version 1.2.3",
    "add::tool eth0:1 std::string",
    "127.0.0.1 ::1 0.0.0.0/0 ::/0 255.255.255.255 224.0.0.1 ff02::2",
  ])("leaves alone what is no address, or nobody's: %s", (text) => {
    expect(createMask()(text)).toBe(text);
  });

  test.each([
    ["-x 0x3d:ff00000100000300010200deadbeef", "-x 0x3d:020000000000000000000000000001"],
    [
      "0200DEADBEEF is 02:00:de:ad:be:ef and 02-00-de-ad-be-ef",
      "020000000001 is 02:00:00:00:00:01 and 02-00-00-00-00-01",
    ],
    ["wlx0200deadbeef", "wlx020000000001"],
    ["2a02:0810:000d:0001:0000:00ff:fe00:0100 2a02:810:d:1::ff:fe00:100", "2001:db8:0:1::1 2001:db8:0:1::1"],
    [`(${"ab/+".repeat(10)}xyz=)`, `(key1${"A".repeat(39)}=)`],
  ])("masks %j, however it is spelled", (text, masked) => {
    expect(createMask()(text)).toBe(masked);
  });

  test("masks names that are made of a MAC, and UUIDs", () => {
    const mask = createMask();
    expect(mask("boot/internet/probe.enx00e04c680001")).toBe("boot/internet/probe.enx020000000001");
    expect(mask("00:e0:4c:68:00:01")).toBe("02:00:00:00:00:01");
    expect(mask("4c4c4544-0042-3610-8053-b4c04f4d3132")).toBe("00000000-0000-4000-8000-000000000001");
  });
});

/** One text for all spellings. */
function normal(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.parse(text).toString() : text.toLowerCase();
}

function isStandIn(text: string): boolean {
  return /^(02:00:00|2001:db8:0:|fd00:0:0:|fe80::|192\.0\.2\.|198\.(51\.100|1[89])\.|203\.0\.113\.|10\.0\.|172\.16\.|192\.168\.|100\.64\.|169\.254\.|ff02::1:ff00:|::ffff:)/.test(
    normal(text),
  );
}

const start: StreamRecord = { type: "start", format: 1, version: "1", hostname: "farm7", startedAt: "now", atMs: 0 };

test("names of hosts are masked where people or configurations put them, and nowhere else", () => {
  const redact = createRedactor();
  expect(redact(start)).toMatchObject({ hostname: "host-1" });
  const settings = { reachTargets: ["https://gate.example.net", "https://bootstrap.grid.tf"], uplink: "farm7" };
  const transition: StreamRecord = {
    type: "transition",
    atMs: 1,
    actor: "farm7",
    event: "farm7",
    taken: [],
    guards: [],
    state: ["farm7"],
    changes: { settings, "lease.searchList.0": "home.example" },
    status: "active",
  };
  expect(redact(transition)).toEqual({
    ...transition,
    changes: {
      settings: { reachTargets: ["https://host-2", "https://bootstrap.grid.tf"], uplink: "host-1" },
      "lease.searchList.0": "host-3",
    },
  });
  const argv = ["getent", "hosts", "gate.example.net", "farm7.home.example", "myfarm7"];
  expect(redact({ type: "command", atMs: 2, ms: 1, argv, exitCode: 0 })).toMatchObject({
    argv: ["getent", "hosts", "host-2", "host-1.host-3", "myfarm7"],
  });
});

/** What the changes that a transition told are masked as, after others. */
function maskedChanges(changes: Record<string, Json>, ...before: StreamRecord[]): unknown {
  const redact = createRedactor();
  for (const each of before) redact(each);
  return (redact({ ...transitionOf(changes) }) as TransitionRecord).changes;
}

const transitionOf = (changes: Record<string, Json>): StreamRecord => ({
  ...{ type: "transition", atMs: 1, actor: "boot", event: "came", taken: [], guards: [], state: ["boot.a"] },
  ...{ changes, status: "active" },
});

describe("names of hosts", () => {
  test.each([
    [
      "12345",
      "dhcp of 12345 at 12345.home.example, 3.12345, 12345-ndmz",
      "dhcp of host-1 at host-2, 3.12345, 12345-ndmz",
    ],
    ["192", "192 has 192.168.7.1 and 192.0", "host-1 has 192.168.0.1 and 192.0"],
    ["f00d", "f00d has 2a02:f00d::f00d, port f00d:80", "host-1 has 2001:db8:0:1::1, port host-1:80"],
    ["Node7.Farm.example", "NODE7.farm.example, node7", "host-1, node7"],
    ["host-2", "host-2 and a.example", "host-1 and host-2"],
    ["zos", "the bridge zos", "the bridge zos"],
  ])("of %s the sentence %j becomes %j", (hostname, failure, masked) => {
    expect(maskedChanges({ failure }, { ...start, hostname })).toEqual({ failure: masked });
  });

  test("that a sentence tells first are known from then on, wherever they stand", () => {
    const failure = "Host: 10.1.2.3. is not in the cert's altnames: DNS:gate.isp.example, DNS:*.isp.example";
    const ended: StreamRecord = { type: "ended", atMs: 1, actor: "boot/a", status: "error", error: failure };
    const redact = createRedactor();
    expect(redact(ended)).toMatchObject({
      error: "Host: 10.0.0.1. is not in the cert's altnames: DNS:host-1, DNS:*.host-2",
    });
    expect(redact({ type: "command", atMs: 1, ms: 1, argv: ["nc", "gate.isp.example"], exitCode: 0 })).toMatchObject({
      argv: ["nc", "host-1"],
    });
  });

  test.each([
    "net.ipv6.conf.all.forwarding is 0",
    "the key in /var/lib/zos-boot/grid.key is none",
    "grid.key and boot.yaml, e.g. were read",
    "asked bootstrap.grid.tf in vain",
    "fe80::1%eth0.uplink is silent",
  ])("are not looked for in what only looks like them: %s", (failure) => {
    expect(maskedChanges({ failure })).toEqual({ failure: createMask()(failure) });
  });

  test("are not taken from what the program itself has named", () => {
    const id = "internet.probe.watch.open always 0";
    const taken = [{ id, source: "internet.probe.watch.open", event: "", guard: null, target: [] }];
    const argv = ["sh", "-c", "read internet.probe < a"];
    const before: StreamRecord[] = [
      { ...transitionOf({}), taken } as TransitionRecord,
      { type: "command", atMs: 1, ms: 1, argv, exitCode: 0 },
    ];
    const changes = { detail: "internet.probe.watch.open", failure: "gate.example is silent" };
    expect(maskedChanges(changes, ...before)).toEqual({ ...changes, failure: "host-1 is silent" });
  });

  test("are not taken from those of links", () => {
    const changes = { nic: "wan-port.uplink", failure: "wan-port.uplink has no carrier" };
    expect(maskedChanges(changes)).toEqual(changes);
  });

  test("do not change by which path a context changes", () => {
    expect(maskedChanges({ "probes.0.nic": "eth0", failure: "0" }, { ...start, hostname: "0" })).toEqual({
      "probes.0.nic": "eth0",
      failure: "host-1",
    });
  });
});

test("where the node stands, and by which numbers the grid knows it, is masked wherever it is said", () => {
  const location = { country: "Ruritania", city: "Strelsau", longitude: "14.4", latitude: "50.1" };
  const place = { farmId: 4711, twinId: 815, nodeId: 333 };
  const failure = "there is no farm 4711; it answers for another twin than 815; node 334 of twin 815";
  expect(maskedChanges({ "grid.location": location, place, "place.nodeId": 333, failure, attempts: 333 })).toEqual({
    "grid.location": { country: "somewhere", city: "somewhere", longitude: "0", latitude: "0" },
    place: { farmId: 1, twinId: 1, nodeId: 1 },
    "place.nodeId": 1,
    failure: "there is no farm 1; it answers for another twin than 1; node 2 of twin 1",
    attempts: 333,
  });
});

test("a record that is masked is a record still", () => {
  const redact = createRedactor();
  const original = structuredClone(start);
  expect(Object.keys(redact(original))).toEqual(Object.keys(start));
  expect(original, "what was passed is not changed").toEqual(start);
});
