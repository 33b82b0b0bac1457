import type { AddressFacts } from "../contract.ts";
import type { BootView, StepName } from "../steps.ts";
import { names } from "../policy/names.ts";

/** What came out of a step that is over, in a few words. */
export function summaryOf(state: StepName, view: BootView): string {
  return summaries[state](view);
}

const summaries: Record<StepName, (view: BootView) => string> = {
  awaitUplink: () => `${names.bridge} is there, with an address and a default route`,
  recover: ({ internet }) =>
    internet?.adopted
      ? `${internet.adopted.uplink.nic} is the uplink already`
      : `node ${internet?.identity.duid ?? "unknown"}`,
  probe: ({ internet }) => countOf(internet?.nics.length ?? 0, "NIC"),
  selectGateway: (view) => chosen(view),
  bridge: ({ internet }) => `${names.bridge} over ${internet?.choice?.uplink?.nic ?? "no NIC"}`,
  register: ({ internet }) => addresses(internet?.zos ?? null),
  reach: ({ internet }) => (internet?.reached == null ? "no target answers" : `${internet.reached} answers`),
  selectExit: ({ internet }) => {
    const exitNic = internet?.choice?.exit.exitNic ?? null;
    return exitNic === null ? "ndmz leaves through zos" : `ndmz leaves through ${exitNic}`;
  },
  enroll: () => "no registrar configured",
  ndmz: () => `${names.ndmz} with ${names.toResources}, ${names.npub4}, ${names.npub6}`,
  waitIpv6: () => "ndmz has an IPv6 address and default route",
  nat: () => "NAT out, nothing in, IPv4 and IPv6",
  online: () => "workloads reach the Internet",
  restart: ({ boot }) => boot?.failure ?? "starting over",
  done: () => "the node is on the Internet; its lease client goes on",
  stopping: () => "NICs given back",
  stopped: () => "the node keeps its network; zos-boot down takes it away",
};

function chosen({ boot, internet }: BootView): string {
  const choice = internet?.choice ?? boot?.choice;
  const verdict = choice?.verdicts.find((each) => each.verdict === "chosen");
  return verdict === undefined ? "no NIC has a default gateway" : `${verdict.nic}: ${verdict.reason}`;
}

/** Addresses with their gateways, for people. */
export function addresses(facts: AddressFacts | null): string {
  if (facts === null) return "no address";
  const parts = [...facts.ipv4, ...facts.ipv6];
  const via = [...facts.gateways4, ...facts.gateways6];
  if (parts.length === 0) return "no address";
  return `${parts.join(", ")}${via.length > 0 ? ` via ${via.join(", ")}` : ""}`;
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
