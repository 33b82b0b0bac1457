import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHostIpv4 } from "../../../src/policy/addresses.ts";
import {
  advertisedDnsServers,
  type EventVariables,
  leaseOf,
  parseEvent,
  whyUseless,
} from "../../../src/policy/lease.ts";

const bound: EventVariables = {
  reason: "BOUND",
  new_ip_address: "192.168.1.9",
  new_subnet_cidr: "24",
  new_routers: "192.168.1.1",
  new_dhcp_server_identifier: "192.168.1.1",
  new_domain_name_servers: "192.168.1.1 9.9.9.9",
  new_domain_name: "farm.example",
  new_dhcp_lease_time: "3600",
};

const withOptions = (options: EventVariables) => leaseOf({ ...bound, ...options });

/** The variables of an event as the client of this version told it, one a line. */
function captured(file: string): EventVariables {
  const text = readFileSync(fileURLToPath(new URL(`fixtures/${file}`, import.meta.url)), "utf8");
  return parseEvent(text.replaceAll("\n", "\0"));
}

describe("the event of a DHCP client", () => {
  test.each(["dhcpcd-9.4.1-bound.env", "udhcpc-1.35.0-bound.env"])(
    "tells the same lease of the same server, whichever client it is: %s",
    (file) => {
      expect(leaseOf(captured(file))).toEqual({
        address: "192.168.1.126",
        prefixLength: 24,
        gateways: ["192.168.1.2"],
        server: "192.168.1.1",
        dnsServers: ["192.168.1.1", "9.9.9.9"],
        searchList: ["a.example", "b.example"],
        mtuBytes: 1_400,
        leaseSeconds: 3_600,
        warnings: [],
      });
    },
  );

  test("is read as variables, of which a value may contain anything but NUL", () => {
    const text = "reason=BOUND\0new_routers=10.0.0.1 10.0.0.2\0odd=a=b\nc\0empty=\0";
    expect(parseEvent(text)).toEqual({ reason: "BOUND", new_routers: "10.0.0.1 10.0.0.2", odd: "a=b\nc", empty: "" });
  });

  test("has no variable where it is cut short", () => {
    expect(parseEvent("")).toEqual({});
    expect(parseEvent("reason=BOUND\0new_rou")).toEqual({ reason: "BOUND" });
  });

  test.each(["BOUND", "RENEW", "REBIND", "REBOOT"])("of dhcpcd tells of a lease when its reason is %s", (reason) => {
    expect(withOptions({ reason })?.address).toBe("192.168.1.9");
  });

  test.each(["bound", "renew"])("of udhcpc tells of a lease when it is %s", (reason) => {
    expect(leaseOf({ ...captured("udhcpc-1.35.0-bound.env"), reason })?.address).toBe("192.168.1.126");
  });

  test.each([
    ...["PREINIT", "CARRIER", "NOCARRIER", "EXPIRE", "FAIL", "STOP", "IPV4LL", "ROUTERADVERT"],
    ...["deconfig", "leasefail", "nak", "Bound", ""],
  ])("tells of no lease when its reason is %j", (reason) => {
    expect(withOptions({ reason })).toBeNull();
    expect(leaseOf({ ...captured("udhcpc-1.35.0-bound.env"), reason })).toBeNull();
  });

  test("of udhcpc names no domain when the server's was none: udhcpc says `bad` then", () => {
    const { search: _, ...event }: Record<string, string> = { ...captured("udhcpc-1.35.0-bound.env"), domain: "bad" };
    expect(leaseOf(event)).toMatchObject({ searchList: [], warnings: ['DHCP search domain "bad" ignored'] });
  });
});

describe("a lease", () => {
  test("is what the server gave", () => {
    expect(leaseOf(bound)).toEqual({
      address: "192.168.1.9",
      prefixLength: 24,
      gateways: ["192.168.1.1"],
      server: "192.168.1.1",
      dnsServers: ["192.168.1.1", "9.9.9.9"],
      searchList: ["farm.example"],
      mtuBytes: null,
      leaseSeconds: 3600,
      warnings: [],
    });
  });

  test("stays when options make no sense: each is left out and named", () => {
    const lease = withOptions({
      new_routers: "192.168.1.1 0.0.0.0 169.254.0.1 255.255.255.255 fe80::1",
      new_domain_name_servers: "0.0.0.0 9.9.9.9 127.0.0.1",
      new_domain_search: "good.example -bad..example",
      new_interface_mtu: "576",
    });
    expect(lease).toMatchObject({
      gateways: ["192.168.1.1"],
      dnsServers: ["9.9.9.9"],
      searchList: ["good.example"],
      mtuBytes: null,
    });
    expect(lease?.warnings).toEqual([
      'DHCP router "0.0.0.0" ignored',
      'DHCP router "169.254.0.1" ignored',
      'DHCP router "255.255.255.255" ignored',
      'DHCP router "fe80::1" ignored',
      'DHCP DNS server "0.0.0.0" ignored',
      'DHCP DNS server "127.0.0.1" ignored',
      'DHCP search domain "-bad..example" ignored',
      'DHCP interface MTU "576" ignored',
    ]);
  });

  test("of a single address may have a link-local gateway, as hosters do", () => {
    expect(withOptions({ new_subnet_cidr: "32", new_routers: "169.254.0.1" })?.gateways).toEqual(["169.254.0.1"]);
  });

  test("takes its gateway from classless static routes where they came, and ignores routers then (RFC 3442)", () => {
    const routes = "10.0.0.0/8 192.168.1.254 0.0.0.0/0 192.168.1.2";
    expect(withOptions({ new_classless_static_routes: routes })?.gateways).toEqual(["192.168.1.2"]);
    expect(withOptions({ new_classless_static_routes: "10.0.0.0/8 192.168.1.254" })?.gateways).toEqual([]);
  });

  test("without routers has no gateway", () => {
    expect(withOptions({ new_routers: "" })?.gateways).toEqual([]);
  });

  test("prefers the search list to the domain name", () => {
    expect(withOptions({ new_domain_search: "a.example b.example" })?.searchList).toEqual(["a.example", "b.example"]);
  });

  test("takes MTUs with which IPv6 works", () => {
    expect(
      ["1279", "1280", "1500", "9000", "65535", "65536", "-1", "1e4x", ""].map(
        (mtu) => withOptions({ new_interface_mtu: mtu })?.mtuBytes,
      ),
    ).toEqual([null, 1280, 1500, 9000, 65_535, null, null, null, null]);
  });

  test.each([
    ["no address", { new_ip_address: "" }],
    ["an address that is none", { new_ip_address: "10.0.0" }],
    ["an address of nobody", { new_ip_address: "0.0.0.0" }],
    ["an address of everybody", { new_ip_address: "224.0.0.1" }],
    ["no prefix", { new_subnet_cidr: "0" }],
    ["a prefix beyond 32", { new_subnet_cidr: "33" }],
    ["a prefix that is no number", { new_subnet_cidr: "twenty" }],
  ])("with %s is an error", (_, options) => {
    expect(() => withOptions(options)).toThrow(expect.objectContaining({ code: "bad-output" }));
    expect(whyUseless({ ...bound, ...options })).toMatch(/^DHCP lease has no usable address/);
    expect(whyUseless({ ...bound, ...options, reason: "EXPIRE" })).toBe(null);
  });

  test("whatever a hostile server sends, holds nothing that is not an address or a domain name", () => {
    const anyWord = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.domain(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("0.0.0.0/0", "$(reboot)", "a;b"),
    );
    const anyValue = fc.array(anyWord, { maxLength: 6 }).map((words) => words.join(" "));
    const parts = [
      ["new_routers", "router"],
      ["new_classless_static_routes", "staticroutes"],
      ["new_domain_name_servers", "dns"],
      ["new_domain_search", "search"],
      ["new_dhcp_server_identifier", "serverid"],
      ["new_interface_mtu", "mtu"],
      ["new_dhcp_lease_time", "lease"],
    ];
    const anyOptions = fc.tuple(fc.constantFrom(0, 1), ...parts.map(() => anyValue)).map(([client, ...values]) => ({
      ...(client === 0 ? bound : captured("udhcpc-1.35.0-bound.env")),
      ...Object.fromEntries(parts.map((each, index) => [each[client] ?? "", values[index] ?? ""])),
    }));
    fc.assert(
      fc.property(anyOptions, (options) => {
        const lease = leaseOf(options);
        if (lease === null) throw new Error("the lease is lost");
        for (const address of [...lease.gateways, ...lease.dnsServers]) expect(isHostIpv4(address)).toBe(true);
        for (const domain of lease.searchList) expect(domain).toMatch(/^[\w.-]{1,253}$/);
        expect(Number.isFinite(lease.leaseSeconds)).toBe(true);
        expect(lease.warnings.join("").includes("\n")).toBe(false);
        expect(structuredClone(lease)).toEqual(lease);
      }),
    );
  });
});

describe("DNS servers of a router advertisement", () => {
  test("are read from what rdisc6 prints", () => {
    const text = [
      "Soliciting ff02::2 (ff02::2) on eth0...",
      "",
      "Hop limit                 :           64 (      0x40)",
      " Prefix                   : 2001:db8::/64",
      " Recursive DNS server     : 2001:db8::53",
      " Recursive DNS server     : fe80::53",
      "  DNS servers lifetime    :           60 (0x0000003c) seconds",
      " Recursive DNS server     : 2001:db8::53",
      " from fe80::1",
    ].join("\n");
    expect(advertisedDnsServers(text, "eth0")).toEqual(["2001:db8::53", "fe80::53%eth0"]);
  });

  test("are left out when nobody can ask them", () => {
    const text = ["::", "::1", "ff02::1", "nonsense", "10.0.0.1"]
      .map((address) => ` Recursive DNS server : ${address}\n`)
      .join("");
    expect(advertisedDnsServers(text, "eth0")).toEqual([]);
  });
});
