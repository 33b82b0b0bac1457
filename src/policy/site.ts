import type { AddressFacts, Choice, Family, NicVerdict, ProbeFacts } from "../contract.ts";
import { isGlobalIpv6 } from "./addresses.ts";
import { adviceForIpv6, adviceForKernel, adviceForMacs, adviceForNics, adviceForSharing } from "./advice.ts";
import { names } from "./names.ts";
import type { Reachability } from "./vantage.ts";
import {
  type Ipv4Kind,
  ipv4KindOf,
  ipv6KindOf,
  isSameNetwork,
  leadsOut,
  networkOf,
  type NicNetwork,
  unknownNetwork,
} from "./network.ts";

/** An answer with what it rests on; `unknown` is what nobody has tried yet. */
export interface Finding<Answer extends string> {
  answer: Answer;
  reason: string;
}

/** What kind of place the node stands in, what it can serve there, and what a farmer can do about the rest. */
export interface Site {
  family: string;
  canServe: {
    egress4: Finding<"yes" | "no" | "unknown">;
    egress6: Finding<"yes" | "no" | "unknown">;
    /** `possible` takes a connection from outside, which a booted node has vantages make. */
    zdb: Finding<Reachability["answer"]>;
  };
  advice: string[];
}

/** The NICs that a choice uses; without an uplink, none. */
export type Plan = { [Key in "uplink" | "exit"]: Choice[Key] | null } & {
  /** Whether the kernel speaks IPv6 at all. */
  hasIpv6: boolean;
  /** What was found from outside; none while nobody was asked. */
  outside?: Finding<Reachability["answer"]> | undefined;
};

/** What stands on a node: its boot's choice, and what the kernel has there. */
export interface Standing extends Plan {
  nics: NicVerdict[];
  /** What the probes of the latest round found; empty when an uplink was adopted. */
  probes: ProbeFacts[];
  zos: AddressFacts | null;
  ndmz: { npub4: AddressFacts; npub6: AddressFacts } | null;
}

/** The networks behind a node's NICs: as probed, but for NICs in use as the kernel has them now. */
export function networksOf({ nics, probes, uplink, exit, zos, ndmz }: Standing): NicNetwork[] {
  const ignored = nics.filter(({ verdict }) => verdict === "ignored").map(({ nic }) => nic);
  const probed = probes.map((facts) => networkOf(facts, ignored.includes(facts.nic)));
  const inUse = [uplink?.nic, exit?.exitNic].filter((nic) => nic != null);
  const missing = inUse.filter((nic) => probed.every((network) => network.nic !== nic)).map(unknownNetwork);
  return [...probed, ...missing].map((network) => {
    if (network.nic === uplink?.nic && zos !== null) {
      const behind = ndmz === null || exit?.npub6Parent !== names.bridge ? [zos] : [zos, ndmz.npub6];
      return { ...network, ...ipv4Of([zos]), ...ipv6Of(behind), ...untried };
    }
    if (network.nic !== exit?.exitNic || ndmz === null) return network;
    const behind = exit.npub4Parent === names.publicBridge ? ndmz.npub4 : network;
    return { ...network, ...ipv4Of([behind]), ...ipv6Of([ndmz.npub6]), ...untried };
  });
}

/** What a probe found out about a way that has been built since is no longer news. */
const untried: Pick<NicNetwork, "reaches" | "hindrances" | "pending"> = {
  reaches: { v4: null, v6: null },
  hindrances: { v4: null, v6: null },
  pending: [],
};

/** IPv4 of the first interface on a network that has got any. */
function ipv4Of(interfaces: AddressFacts[]): Pick<AddressFacts, "ipv4" | "gateways4"> {
  const { ipv4 = [], gateways4 = [] } = interfaces.find((each) => each.ipv4.length > 0) ?? {};
  return { ipv4, gateways4 };
}

/** IPv6 of the first interface on a network that has got any: the kernel configures each of them by itself. */
function ipv6Of(interfaces: AddressFacts[]): Pick<AddressFacts, "ipv6" | "gateways6"> {
  const { ipv6 = [], gateways6 = [] } =
    interfaces.find(isOffered) ?? interfaces.find((each) => each.ipv6.length > 0) ?? {};
  return { ipv6, gateways6 };
}

/** What to do about an ndmz that waits for IPv6, in a sentence; null when nothing is known to be missing. */
export function adviceForNdmz(standing: Standing): string | null {
  const { uplink, exit, ndmz, hasIpv6 } = standing;
  if (!hasIpv6) return adviceForKernel;
  const behind = networksOf({ ...standing, ndmz: null }).find(({ nic }) => nic === (exit?.exitNic ?? uplink?.nic));
  const got = ndmz?.npub6 ?? behind;
  if (got === undefined || isOffered(got)) return null;
  return behind !== undefined && isOffered(behind) ? adviceForMacs : adviceForIpv6(got);
}

function isOffered(addresses: AddressFacts): boolean {
  return ["global", "ula"].includes(ipv6KindOf(addresses));
}

/** The report on a site. */
export function siteOf(networks: NicNetwork[], { uplink, exit, hasIpv6, outside }: Plan): Site {
  const used = networks.filter(({ isIgnored }) => !isIgnored);
  const named = (nic: string | undefined) => used.find((network) => network.nic === nic) ?? null;
  const through6 = named(exit?.exitNic ?? uplink?.nic);
  const through4 = exit?.npub4Parent === names.publicBridge ? through6 : named(uplink?.nic);
  const isWaiting = through6?.pending.includes("v6") ?? true;
  const missing = through6 === null || isWaiting ? null : adviceForIpv6(through6);
  const ipv6 = hasIpv6 ? missing : adviceForKernel;
  const withoutIpv6 = { reason: "the kernel has no IPv6" };
  return {
    family: familyOf(used, named(uplink?.nic), through6),
    canServe: {
      egress4: egressOf("v4", through4, through6),
      egress6: hasIpv6 ? egressOf("v6", through6, through6) : { answer: "no", ...withoutIpv6 },
      zdb: hasIpv6 ? zdbOf(through6, outside) : { answer: "impossible", ...withoutIpv6 },
    },
    advice: [
      ...adviceForNics(networks),
      ...(through4 !== null && ipv4KindOf(through4) === "shared" ? [adviceForSharing] : []),
      ...(ipv6 === null ? [] : [ipv6]),
    ],
  };
}

function familyOf(networks: NicNetwork[], uplink: NicNetwork | null, exit: NicNetwork | null): string {
  const leading = networks.filter(leadsOut);
  if (uplink === null || leading.length === 0) {
    if (networks.length === 0) return "no NIC";
    if (networks.every(({ fault }) => fault !== null)) return "no NIC could be probed";
    return networks.some(({ hasCarrier }) => hasCarrier) ? "no default gateway on any NIC" : "no carrier on any NIC";
  }
  if (exit !== null && !isSameNetwork(uplink, exit) && exit !== uplink) {
    return `OOB and workload networks apart: ${described(uplink)}; ${described(exit)}`;
  }
  const equals = leading.filter((network) => network === uplink || isSameNetwork(network, uplink));
  if (equals.length > 1) return `redundant NICs (${equals.map(({ nic }) => nic).join(", ")}): ${wordsFor(uplink)}`;
  const others =
    leading.length > 1
      ? `; other networks on ${leading
          .filter((each) => each !== uplink)
          .map(({ nic }) => nic)
          .join(", ")}`
      : "";
  return wordsFor(uplink) + others;
}

function described(network: NicNetwork): string {
  return `${network.nic} ${wordsFor(network)}`;
}

const ipv4Words: Record<Ipv4Kind, string> = {
  private: "private IPv4 behind NAT",
  shared: "IPv4 behind carrier-grade NAT",
  public: "public IPv4",
  noGateway: "IPv4 without a gateway",
  linkLocal: "link-local IPv4",
  none: "no IPv4",
};

/** The layout family of one network, in the words of the zos network documentation. */
function wordsFor(network: NicNetwork): string {
  const [v4, v6] = [ipv4KindOf(network), ipv6KindOf(network)];
  const hasIpv4 = ["private", "shared", "public"].includes(v4);
  if (v6 === "global") {
    if (v4 === "public") return "public dual stack";
    return hasIpv4 ? `${ipv4Words[v4]}, global IPv6` : "IPv6 only";
  }
  if (v6 === "ula") return hasIpv4 ? `${ipv4Words[v4]}, ULA IPv6` : "ULA only";
  if (network.pending.includes("v6")) return `${ipv4Words[v4]}, IPv6 not known yet`;
  return v4 === "public" ? "public IPv4 only" : `${ipv4Words[v4]}, no IPv6`;
}

const labels: Record<Family, string> = { v4: "IPv4", v6: "IPv6" };

/** Whether workloads can open connections to the Internet in a family. */
function egressOf(
  family: Family,
  network: NicNetwork | null,
  through6: NicNetwork | null,
): Site["canServe"]["egress4"] {
  if (network === null || through6 === null) return { answer: "no", reason: "no NIC leads to the Internet" };
  const [gateway] = family === "v4" ? network.gateways4 : network.gateways6;
  const what = `${labels[family]} on ${network.nic}`;
  if (network.pending.includes(family)) return { answer: "unknown", reason: `${what} is not known yet` };
  if (gateway === undefined) return { answer: "no", reason: `no default gateway for ${what}` };
  if (!isOffered(through6)) {
    return through6.pending.includes("v6")
      ? { answer: "unknown", reason: "ndmz needs IPv6, which is not known yet" }
      : { answer: "no", reason: "ndmz forwards nothing before it has IPv6" };
  }
  if (network.reaches[family] === null) return { answer: "unknown", reason: `${gateway} was not tried` };
  if (network.reaches[family]) return { answer: "yes", reason: `a target answers through ${gateway}` };
  return { answer: "no", reason: network.hindrances[family]?.says ?? `no target answers through ${gateway}` };
}

/** Whether 0-db can be served, which its consumers reach over IPv6 alone. */
function zdbOf(through6: NicNetwork | null, outside: Plan["outside"]): Site["canServe"]["zdb"] {
  if (through6 === null) return { answer: "impossible", reason: "no NIC leads to the Internet" };
  const kind = ipv6KindOf(through6);
  if (kind === "global") {
    if (outside !== undefined) return outside;
    const address = through6.ipv6.find(isGlobalIpv6)?.split("/")[0] ?? "";
    return {
      answer: "unknown",
      reason: `nobody has tried to come in: configure a vantage, or while the node is online, ping ${address} from an IPv6 host elsewhere; if nothing answers, let inbound IPv6 pass on the router`,
    };
  }
  if (through6.pending.includes("v6")) return { answer: "unknown", reason: "IPv6 is not known yet" };
  return {
    answer: "impossible",
    reason: kind === "ula" ? "no global IPv6, local addresses (ULA) only" : "no global IPv6",
  };
}
