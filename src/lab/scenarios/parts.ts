import type { Family } from "../../contract.ts";
import { layoutNamed } from "../layouts/catalogue.ts";
import type { Layout } from "../layouts/layout.ts";
import { homeIpv4, homeIpv6, nic, online, router } from "../layouts/parts.ts";
import { withShortRenewal } from "../layouts/renewal.ts";
import { flowNames, type Ending, type FlowPromise, type FlowName, type Scenario } from "./scenario.ts";

const { vantage: _vantage, ...homeDual } = layoutNamed("home-dual");

/** Nobody is asked from outside: what a scenario costs is its own. */
export { homeDual };
export const haPair = layoutNamed("ha-pair");
export const oobWorkload = layoutNamed("oob-workload");
export const oobDeadEnd = layoutNamed("oob-dead-end");
export const dcV6 = layoutNamed("dc-v6");

/** The same farm, whose leases are soon renewed. */
export function renewedSoon(layout: Layout): Layout {
  return { ...withShortRenewal(layout), name: `${layout.name}, renewed soon` };
}

/** Two NICs, each in a home network of its own. */
export const twoHomes: Layout = {
  name: "two-homes",
  summary: "two NICs behind two home routers",
  segments: [
    { name: "left", router: router(homeIpv4, homeIpv6) },
    {
      name: "right",
      router: router(
        { ...homeIpv4, address: "192.168.2.1/24", pool: ["192.168.2.100", "192.168.2.199"], gateways: ["192.168.2.1"] },
        { ...homeIpv6, prefix: "2001:db8:2::/64" },
      ),
    },
  ],
  nics: [nic("eth0", "left"), nic("eth1", "right")],
  expected: online("eth0", { exit: "eth1" }),
};

const both = ["v4", "v6"] as const;

/** The same promise for the flows of a family, or of all. */
export function flows(promise: FlowPromise, families: readonly Family[] = both): Ending["flows"] {
  const meant = flowNames.filter((name) => families.some((family) => name.startsWith(family)));
  return Object.fromEntries(meant.map((name): [FlowName, FlowPromise] => [name, promise]));
}

/**
 * The same flows go on after so long without an answer. TCP sends again ever later (RFC 6298 section 5.5: the time
 * doubles), so that its flows may need twice as long as the way was gone.
 */
export function kept(mostLostMs: number, families: readonly Family[] = both): Ending["flows"] {
  const promises = flows({ mostLostMs, isKept: true }, families);
  const waits = Object.entries(promises).map(([name, promise]) => [
    name,
    name.endsWith("tcp") ? { ...promise, mostLostMs: 2 * mostLostMs + tcpGraceMs } : promise,
  ]);
  return Object.fromEntries(waits) as Ending["flows"];
}

/** The first time that TCP waits before it sends again (200 ms in Linux), and one more for whatever else the machine does. */
const tcpGraceMs = 400;

/** New flows work after so long; the old ones may be lost, as when their address is. */
export function replaced(mostLostMs: number, families: readonly Family[] = both): Ending["flows"] {
  return flows({ mostLostMs, isKept: false }, families);
}

/** A scenario with what is usual left out: online on a node without zinit, with flows of a resource in both families. */
export function scenario(
  given: Pick<Scenario, "name" | "summary" | "layout" | "steps"> &
    Partial<Omit<Scenario, "ending">> & { ending?: Partial<Ending> },
): Scenario {
  const { uplink, exit } = given.layout.expected;
  const nameOf = (meant: string | RegExp | null) => (typeof meant === "string" ? meant : null);
  return {
    manager: "none",
    settings: [],
    lateNics: [],
    begins: "online",
    flowsOf: "resource",
    families: both,
    isTimed: false,
    prepares: [],
    ...given,
    ending: {
      outcome: "online",
      uplink: nameOf(uplink),
      exit: nameOf(exit),
      families: given.families ?? both,
      reaches: {},
      reasons: {},
      withinMs: 30_000,
      mostRecoveredMs: null,
      staysMs: 2_000,
      flows: {},
      says: [],
      keeps: [],
      visitsNot: [],
      mostCommands: null,
      sights: [],
      leaves: [],
      ...given.ending,
    },
  };
}
