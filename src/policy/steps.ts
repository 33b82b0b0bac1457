import type { AddressFacts, Adopted, Choice, Identity, Reach } from "../contract.ts";
import { clockWords, type GridPlace, gridWords } from "./grid.ts";
import { names } from "./names.ts";

/** What people read of a step of the boot: what goes on in it, and what came out of it. */
interface StepWords {
  title: string;
  outcome: (found: Found) => string;
}

/** What a boot has found so far; null or 0 for what it has not. */
export interface Found {
  identity: Identity | null;
  adopted: Adopted | null;
  nicCount: number;
  choice: Choice | null;
  zos: AddressFacts | null;
  reached: string | null;
  reach: Reach | null;
  /** Null when no registrar is configured. */
  grid: { place: GridPlace | null; clockOffsetMs: number | null } | null;
  failure: string | null;
}

/** The steps of a boot as people see them: states of `boot`, `internet` and `networkd`. */
export const stepNames = [
  "awaitUplink",
  "recover",
  "probe",
  "selectGateway",
  "bridge",
  "register",
  "reach",
  "selectExit",
  "enroll",
  "ndmz",
  "waitIpv6",
  "nat",
  "prove",
  "online",
  "degraded",
  "restart",
  "done",
  "stopping",
  "stopped",
] as const;

/** One of `stepNames`. */
export type StepName = (typeof stepNames)[number];

const words: Record<StepName, StepWords> = {
  awaitUplink: {
    title: "Waiting for the uplink",
    outcome: () => `${names.bridge} is there, with an address and a default route`,
  },
  recover: {
    title: "Taking stock",
    outcome: ({ adopted, identity }) =>
      adopted === null ? `node ${identity?.duid ?? "unknown"}` : `${adopted.uplink.nic} is the uplink already`,
  },
  probe: { title: "Probing all NICs", outcome: ({ nicCount }) => countOf(nicCount, "NIC") },
  selectGateway: { title: "Choosing the uplink", outcome: ({ choice }) => chosenWords(choice) },
  bridge: {
    title: "Building the bridge zos",
    outcome: ({ choice }) => `${names.bridge} over ${choice?.uplink?.nic ?? "no NIC"}`,
  },
  register: { title: "Getting an address for zos", outcome: ({ zos }) => addressWords(zos) },
  reach: {
    title: "Reaching the Internet",
    outcome: ({ reached }) => (reached === null ? "no target answers" : `${reached} answers`),
  },
  selectExit: {
    title: "Choosing the exit",
    outcome: ({ choice }) => `ndmz leaves through ${choice?.exit.exitNic ?? names.bridge}`,
  },
  enroll: { title: "Announcing the node", outcome: ({ grid }) => enrolmentWords(grid) },
  ndmz: {
    title: "Building ndmz",
    outcome: () => `${names.ndmz} with ${names.toResources}, ${names.npub4}, ${names.npub6}`,
  },
  waitIpv6: { title: "Waiting for IPv6", outcome: () => "ndmz has an IPv6 address and default route" },
  nat: { title: "Setting up NAT", outcome: () => "NAT out, nothing in, IPv4 and IPv6" },
  prove: { title: "Proving that workloads reach the Internet", outcome: ({ reach }) => reachWords(reach) },
  online: { title: "Online", outcome: () => "workloads reach the Internet" },
  degraded: { title: "Degraded: workloads do not reach the Internet", outcome: ({ reach }) => reachWords(reach) },
  restart: { title: "Waiting to start over", outcome: ({ failure }) => failure ?? "starting over" },
  done: { title: "On the Internet", outcome: () => "the node is on the Internet; its lease client goes on" },
  stopping: { title: "Stopping", outcome: () => "NICs given back" },
  stopped: { title: "Stopped", outcome: () => "the node keeps its network; zos-boot down takes it away" },
};

/** What goes on in a step, in a few words. */
export function titleOf(step: StepName): string {
  return words[step].title;
}

/** What came out of a step that is over, in a few words. */
export function outcomeOf(step: StepName, found: Found): string {
  return words[step].outcome(found);
}

/** Whether a state is a step that people see. */
export function isStepName(state: string | undefined): state is StepName {
  return (stepNames as readonly (string | undefined)[]).includes(state);
}

/** Whether a boot that is in this step has brought the node onto the Internet. */
export function isPastInternet(step: StepName): boolean {
  return ["enroll", "ndmz", "waitIpv6", "nat", "prove", "online", "degraded", "done"].includes(step);
}

/** Which families workloads reach the Internet over. */
function reachWords(reach: Reach | null): string {
  const { v4, v6 } = reach?.workloads ?? {};
  const found = [v4?.state === "works" ? "IPv4" : null, v6?.state === "works" ? "IPv6" : null].filter(Boolean);
  return found.length === 0
    ? "no connection from ndmz succeeds"
    : `connections from ndmz succeed over ${found.join(" and ")}`;
}

/** Addresses with their gateways. */
export function addressWords(facts: AddressFacts | null): string {
  if (facts === null) return "no address";
  const parts = [...facts.ipv4, ...facts.ipv6];
  const via = [...facts.gateways4, ...facts.gateways6];
  if (parts.length === 0) return "no address";
  return `${parts.join(", ")}${via.length > 0 ? ` via ${via.join(", ")}` : ""}`;
}

/** Where the node is known at the grid, or that it will be. */
export function enrolmentWords(grid: Found["grid"]): string {
  if (grid === null) return "no registrar configured";
  if (grid.place === null) return "the registrar is asked beside what follows";
  return [gridWords(grid.place), clockWords(grid.clockOffsetMs)].filter((each) => each !== null).join("; ");
}

function chosenWords(choice: Choice | null): string {
  const verdict = choice?.verdicts.find((each) => each.verdict === "chosen");
  return verdict === undefined ? "no NIC has a default gateway" : `${verdict.nic}: ${verdict.reason}`;
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
