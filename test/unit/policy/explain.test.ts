import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProbeFacts } from "../../../src/contract.ts";
import { choose, withExit } from "../../../src/policy/choice.ts";
import { advert, anyProbes, lease, probe, proofs } from "./probe-facts.ts";
import { portalIn } from "../../../src/policy/portal.ts";

const reasonOf = (nic: string, all: ProbeFacts[]) => {
  const found = withExit(choose(all), all).verdicts.find((verdict) => verdict.nic === nic);
  return `${String(found?.verdict)}: ${String(found?.reason)}`;
};

const good = (nic: string, gateway: string) => probe(nic, { lease: lease(gateway), proof4: proofs.egress });

test("each NIC gets one verdict, with a reason and no gap in it", () => {
  fc.assert(
    fc.property(anyProbes, (all) => {
      const { verdicts, uplink, exit } = withExit(choose(all), all);
      expect(verdicts.map(({ nic }) => nic)).toEqual(all.map(({ nic }) => nic));
      expect(verdicts.filter(({ verdict }) => verdict === "chosen").map(({ nic }) => nic)).toEqual(
        uplink === null ? [] : [uplink.nic],
      );
      expect(verdicts.filter(({ verdict }) => verdict === "exit").map(({ nic }) => nic)).toEqual(
        exit.exitNic === null ? [] : [exit.exitNic],
      );
      for (const { reason } of verdicts) expect(reason).not.toMatch(/undefined|null|none|NaN|, ,|  |^$/);
    }),
  );
});

describe("the chosen NIC", () => {
  test("is the first by name among equals", () => {
    expect(reasonOf("eth0", [good("eth0", "192.168.1.1"), good("eth1", "10.0.0.1")])).toBe(
      "chosen: private gateway 192.168.1.1, first of 2 by name",
    );
  });

  test("is the best of several unequal ones", () => {
    expect(reasonOf("eth1", [good("eth0", "203.0.113.1"), good("eth1", "100.64.0.1")])).toBe(
      "chosen: carrier-grade NAT gateway 100.64.0.1, best of 2",
    );
  });

  test("is the only candidate", () => {
    expect(reasonOf("eth0", [good("eth0", "203.0.113.1"), probe("eth1")])).toBe(
      "chosen: public gateway 203.0.113.1, the only candidate",
    );
  });

  test("is doubted when nothing has answered through it", () => {
    const mute = probe("eth0", { lease: lease("192.168.1.1"), proof4: proofs.gatewayOnly });
    expect(reasonOf("eth0", [mute])).toBe(
      "chosen: private gateway 192.168.1.1, the only candidate; no target answered through it yet",
    );
  });

  test("tells which DHCP server was passed over", () => {
    const facts = { ...good("eth0", "192.168.1.1"), shunned: ["192.168.1.66"] };
    expect(reasonOf("eth0", [facts])).toBe(
      "chosen: private gateway 192.168.1.1, the only candidate; passed over: DHCP server 192.168.1.66, whose lease leads nowhere",
    );
  });

  test("tells which address was somebody's", () => {
    const taken = [{ address: "192.168.1.161", mac: "02:00:00:00:0c:01" }];
    expect(reasonOf("eth0", [{ ...good("eth0", "192.168.1.1"), taken }])).toBe(
      "chosen: private gateway 192.168.1.1, the only candidate; address 192.168.1.161 offered on eth0 is used by 02:00:00:00:0c:01",
    );
  });

  test("is described by the gateway that gave it its class", () => {
    const dual = probe("eth0", {
      lease: lease("203.0.113.1"),
      advert: advert(["fd00::2/64"], { routers: ["fe80::7"] }),
      proof4: proofs.egress,
    });
    expect(reasonOf("eth0", [dual])).toBe("chosen: private gateway fe80::7, the only candidate");
    const two = probe("eth0", { lease: lease(null, { gateways: ["203.0.113.1", "10.0.0.1"] }), proof4: proofs.egress });
    expect(reasonOf("eth0", [two])).toBe("chosen: private gateway 10.0.0.1, the only candidate");
  });
});

describe("a NIC that lost", () => {
  const winner = good("eth0", "192.168.1.1");

  test("has a gateway that does not answer ARP", () => {
    const silent = probe("eth1", { lease: lease("192.168.1.1"), proof4: proofs.silent });
    expect(reasonOf("eth1", [good("eth0", "10.0.0.1"), silent])).toBe(
      "lost: private gateway 192.168.1.1 does not answer ARP",
    );
  });

  test("has a router that does not answer neighbour discovery, also beside a lease without a gateway", () => {
    const silent = probe("eth1", { lease: lease(null), advert: advert(["fd00::2/64"]), proof6: proofs.silent });
    expect(reasonOf("eth1", [winner, silent])).toBe("lost: private gateway fe80::1 does not answer ND");
  });

  test("leads nowhere", () => {
    const oob = probe("eth1", { lease: lease("10.1.0.1"), proof4: proofs.gatewayOnly });
    expect(reasonOf("eth1", [winner, oob])).toBe(
      "lost: private gateway 10.1.0.1 leads nowhere: no target answered through it",
    );
  });

  test("is behind a captive portal, which is named", () => {
    const proof4 = { ...proofs.gatewayOnly, hindrance: portalIn({ host: "hub.example" }, "login.example") };
    const hotel = probe("eth1", { lease: lease("10.1.0.1"), proof4 });
    expect(reasonOf("eth1", [winner, hotel])).toBe(
      "lost: private gateway 10.1.0.1 leads nowhere: captive portal: login.example answers in place of hub.example",
    );
    expect(reasonOf("eth1", [hotel])).toMatch(/^chosen: .*; captive portal: login\.example answers/);
  });

  test("has DNS servers that are of no use, which are named, also when others were asked instead", () => {
    const hindrance = { kind: "dns" as const, by: "10.1.0.53", says: "DNS server 10.1.0.53 does not answer" };
    const dumb = probe("eth1", { lease: lease("10.1.0.1"), proof4: { ...proofs.gatewayOnly, hindrance } });
    expect(reasonOf("eth1", [winner, dumb])).toBe(
      "lost: private gateway 10.1.0.1 leads nowhere: DNS server 10.1.0.53 does not answer",
    );
    const helped = probe("eth1", { lease: lease("10.1.0.1"), proof4: { ...proofs.egress, hindrance } });
    expect(reasonOf("eth1", [helped])).toMatch(/^chosen: .*; DNS server 10\.1\.0\.53 does not answer$/);
    expect(reasonOf("eth1", [{ ...helped, proof6: proofs.egress }])).toBe(
      "chosen: private gateway 10.1.0.1, the only candidate",
    );
  });

  test("is of a lower class", () => {
    expect(reasonOf("eth1", [winner, good("eth1", "203.0.113.1")])).toBe(
      "lost: public gateway 203.0.113.1; eth0 has a private gateway, which goes first",
    );
  });

  test("comes later by name", () => {
    expect(reasonOf("eth1", [winner, good("eth1", "10.0.0.1")])).toBe(
      "lost: private gateway 10.0.0.1, as good as eth0, which comes first by name",
    );
  });

  test("is not said to be silent when its probe was cut short", () => {
    const slow = probe("eth1", { lease: lease("10.0.0.1"), pending: ["v4"] });
    expect(reasonOf("eth1", [winner, slow])).toBe("lost: private gateway 10.0.0.1 was not proven when eth0 was chosen");
  });

  test("carries the workloads' traffic all the same when it has global IPv6", () => {
    const exit = probe("eth1", { advert: advert(["2001:db8::2/64"]), proof6: proofs.egress });
    expect(reasonOf("eth1", [winner, exit])).toBe(
      "exit: carries the workloads' traffic: global IPv6; not the uplink: IPv6 router fe80::1; eth0 has a private gateway, which goes first",
    );
  });
});

describe("a NIC that cannot be used", () => {
  test("has no carrier", () => {
    expect(reasonOf("eth0", [probe("eth0", { carrierAtMs: null, pending: ["v4", "v6"] })])).toBe(
      "unusable: no carrier",
    );
  });

  test("hears nothing", () => {
    expect(reasonOf("eth0", [probe("eth0")])).toBe("unusable: carrier, but no DHCP offer and no router advertisement");
    expect(reasonOf("eth0", [probe("eth0", { pending: ["v4"] })])).toBe(
      "unusable: carrier, but no DHCP offer and no router advertisement in time",
    );
  });

  test("has a lease without a default gateway", () => {
    expect(reasonOf("eth0", [probe("eth0", { lease: lease(null) })])).toBe(
      "unusable: lease 10.0.0.9/24 without a default gateway",
    );
  });

  test("has addresses of a router that is no default router", () => {
    const facts = probe("eth0", { advert: advert(["fd00::2/64"], { routers: [] }) });
    expect(reasonOf("eth0", [facts])).toBe("unusable: addresses fd00::2/64 without a default router");
    const bare = probe("eth0", { advert: advert([], { routers: [] }) });
    expect(reasonOf("eth0", [bare])).toBe("unusable: router advertisement without a default router");
  });

  test("has a router, but no address", () => {
    expect(reasonOf("eth0", [probe("eth0", { advert: advert([]) })])).toBe("unusable: router fe80::1, but no address");
  });

  test("could not be probed, which says nothing of its network", () => {
    const facts = probe("eth0", { listeningAtMs: null, errors: ["no room", "no luck"], fault: "no luck" });
    expect(reasonOf("eth0", [facts])).toBe("unusable: could not be probed: no luck");
    expect(reasonOf("eth0", [probe("eth0", { listeningAtMs: null, pending: ["v4", "v6"] })])).toBe(
      "unusable: carrier, but could not be probed in time",
    );
  });

  test("tells what went wrong while it was probed", () => {
    const facts = probe("eth0", { carrierAtMs: null, errors: ["eth0 is not there", "no room"] });
    expect(reasonOf("eth0", [facts])).toBe("unusable: no carrier (eth0 is not there; no room)");
  });
});
