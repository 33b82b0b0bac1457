import type { Choice, NicVerdict } from "../contract.ts";
import type { GatewayClass } from "../policy/addresses.ts";
import { classOf } from "../policy/addresses.ts";
import { type NicNetwork, prefixesOf, unknownNetwork } from "../policy/network.ts";
import { type Finding, type Plan, type Site, siteOf } from "../policy/site.ts";
import { tableOf } from "./table.ts";

/** What `zos-boot probe` tells of one NIC. */
export interface NicReport {
  nic: string;
  /** Null while nothing is decided about it. */
  verdict: NicVerdict["verdict"] | null;
  reason: string;
  /** Null when nobody has looked. */
  hasCarrier: boolean | null;
  driver: string | null;
  mac: string | null;
  mtuBytes: number | null;
  class: GatewayClass | null;
  lease: string | null;
  gateways: string[];
  prefixes: string[];
  /** What went wrong while it was probed, and what of the lease made no sense. */
  troubles: string[];
}

/** What `zos-boot probe` tells. */
export interface Report {
  nics: NicReport[];
  /** Links that are no NICs, or not there though pinned. */
  otherLinks: NicVerdict[];
  uplink: Choice["uplink"];
  exit: Choice["exit"] | null;
  site: Site;
}

/** What the kernel has of a NIC's hardware. */
export interface Hardware {
  nic: string;
  hasCarrier: boolean | null;
  driver: string | null;
  mac: string | null;
  mtuBytes: number | null;
}

/** All that a report is made of. */
export interface Findings {
  /** Every NIC of the report, in order. */
  hardware: Hardware[];
  networks: NicNetwork[];
  verdicts: NicVerdict[];
  uplink: Choice["uplink"];
  exit: Choice["exit"] | null;
  hasIpv6: boolean;
  /** What was found from outside; none while nobody was asked. */
  outside?: Plan["outside"];
}

/** The report of `probe`, as `--json` prints it. */
export function reportOf({ hardware, networks, verdicts, uplink, exit, hasIpv6, outside }: Findings): Report {
  const nics = hardware.map((each): NicReport => {
    const verdict = verdicts.find(({ nic }) => nic === each.nic);
    const network = networks.find(({ nic }) => nic === each.nic);
    return {
      nic: each.nic,
      verdict: verdict?.verdict ?? null,
      reason: verdict?.reason ?? (network === undefined && uplink !== null ? wasNotProbed : "not decided yet"),
      hasCarrier: each.hasCarrier,
      driver: each.driver,
      mac: each.mac,
      mtuBytes: each.mtuBytes,
      class: network === undefined ? null : classOf(network),
      lease: network?.ipv4[0] ?? null,
      gateways: [...(network?.gateways4 ?? []), ...(network?.gateways6 ?? [])],
      prefixes: prefixesOf(network?.ipv6 ?? []),
      troubles: network?.troubles ?? [],
    };
  });
  const known = networks.length > 0 ? networks : hardware.map(({ nic }) => unprobedNetwork(nic));
  const otherLinks = verdicts.filter(({ nic }) => hardware.every((each) => each.nic !== nic));
  return { nics, otherLinks, uplink, exit, site: siteOf(known, { uplink, exit, hasIpv6, outside }) };
}

const wasNotProbed = "not probed: an uplink was in its place already";

/** A NIC that a boot has found, but not looked at yet. */
function unprobedNetwork(nic: string): NicNetwork {
  return { ...unknownNetwork(nic), pending: ["v4", "v6"] };
}

const columns = ["NIC", "carrier", "class", "driver", "MAC", "MTU", "lease"];
const indent = "  ";

/** The report for people: three lines for each NIC and one for each trouble with it, then the site. */
export function textOf({ nics, otherLinks, site }: Report): string {
  const [head = "", ...rows] = tableOf([columns, ...nics.map(cellsOf)]).split("\n");
  const lines = nics.flatMap((nic, index) => [
    rows[index] ?? "",
    `${indent}gateways ${listOf(nic.gateways)}; prefixes ${listOf(nic.prefixes)}`,
    `${indent}${nic.verdict ?? "undecided"}: ${nic.reason}`,
    ...nic.troubles.map((trouble) => `${indent}trouble: ${trouble}`),
  ]);
  const found = nics.length === 0 ? ["the node has no NIC"] : [head, ...lines];
  const rest = otherLinks.map(({ nic, verdict, reason }) => `${nic.padEnd(9)} ${verdict}: ${reason}`);
  return `${[...found, ...rest, "", ...siteLines(site)].join("\n")}\n`;
}

function cellsOf({ nic, hasCarrier, class: gatewayClass, driver, mac, mtuBytes, lease }: NicReport): string[] {
  const carrier = hasCarrier === null ? "-" : hasCarrier ? "yes" : "no";
  return [nic, carrier, gatewayClass ?? "-", driver ?? "-", mac ?? "-", String(mtuBytes ?? "-"), lease ?? "-"];
}

function listOf(texts: string[]): string {
  return texts.length === 0 ? "none" : texts.join(", ");
}

function siteLines({ family, canServe: { egress4, egress6, zdb }, advice }: Site): string[] {
  return [
    `site      ${family}`,
    `IPv4 out  ${findingOf(egress4)}`,
    `IPv6 out  ${findingOf(egress6)}`,
    `0-db      ${findingOf(zdb)}`,
    ...adviceLines(advice),
  ];
}

function findingOf({ answer, reason }: Finding<string>): string {
  return `${answer}: ${reason}`;
}

/** Advice for people, a line each. */
export function adviceLines(advice: string[]): string[] {
  return advice.map((sentence) => `advice    ${sentence}`);
}
