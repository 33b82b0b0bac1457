import { homeIpv4, homeIpv6, router } from "../layouts/parts.ts";
import { scenarioNamed } from "./catalogue.ts";
import { pluggedIn, run, step } from "./deeds.ts";
import { soonRenewed } from "../layouts/renewal.ts";
import { haPair, renewedSoon } from "./parts.ts";
import type { Deed, Step } from "./scenario.ts";

/** Something that goes wrong on a node with two NICs in one home network, after which that network is healthy again. */
export interface Fault {
  name: string;
  steps: readonly Step[];
}

/** The node that faults happen to. */
export const soakLayout = renewedSoon(haPair);

/** The node that nothing happens to, with leases as networks have them. */
export const idleLayout = haPair;

const asItWas: Deed = {
  kind: "offer",
  segment: "home",
  offer: router(homeIpv4, homeIpv6, { dnsmasq: soonRenewed }),
};

/** What makes the network healthy again after the steps of a scenario; scenarios that heal by themselves need nothing. */
const healing: Readonly<Record<string, readonly Deed[]>> = {
  "uplink-pulled": [pluggedIn("eth0")],
  "exit-pulled": [pluggedIn("eth1")],
  "exit-pulled-and-flushed": [pluggedIn("eth1")],
  "cable-out-2s": [],
  "link-down-on-node": [run("node", "ip link set dev eth0 up")],
  "both-pulled": [],
  "nic-vanishes": [],
  "only-router-reboots": [],
  "gateway-mac-changes": [],
  "internet-gone": [],
  "dhcp-server-gone": [],
  "lease-refused": [asItWas],
  "dns-changes-at-renewal": [asItWas],
  "router-lifetime-0": [asItWas],
  "prefix-renumbered": [asItWas],
  "prefix-renumbered-unsaid": [asItWas],
  "namespace-removed": [],
  "br-ndmz-removed": [],
  "br-ndmz-down": [],
  "tonrs-removed": [],
  "tonrs-down": [],
  "tonrs-flushed": [],
  "npub6-removed": [],
  "npub6-down": [],
  "npub4-flushed": [],
  "routes-flushed": [],
  "forwarding-off": [],
  "accept-ra-off": [],
  "table-removed": [],
  "rule-replaced": [],
  "forward-rule-replaced": [],
  "resolver-overwritten": [],
  "zos-removed": [],
  "uplink-out-of-zos": [],
  "everything-at-once": [],
  "up-killed": [],
  "up-restarted": [],
  "up-killed-table-removed": [],
  "client-killed": [],
  "client-hangs": [],
};

/** All faults: the steps of scenarios, and what heals the network afterwards. */
export const faults: readonly Fault[] = Object.entries(healing).map(([name, deeds]) => ({
  name,
  steps: [...scenarioNamed(name).steps, ...(deeds.length === 0 ? [] : [step("the network is healthy again", deeds)])],
}));
