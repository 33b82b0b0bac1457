import { release } from "node:os";
import type { NicVerdict } from "../../contract.ts";
import type { Reachability } from "../../policy/vantage.ts";
import type { Status } from "../../program/status-file.ts";
import type { Layout } from "../layouts/layout.ts";
import type { ProofName, Proofs } from "../proving/proof.ts";
import type { Supervision, SupervisionProofs } from "../proving/supervision.ts";

/** What a run of the lab found, as `--json` prints it. */
export interface LabReport {
  layout: string;
  /** The release of the kernel that all of it ran on. */
  kernel: string;
  /** The state in which the boot came to rest, or was when time was up; null when the program never said. */
  outcome: string | null;
  /** From the program's start to the outcome. */
  totalMs: number;
  states: Status["states"];
  uplink: string | null;
  /** The NIC whose network ndmz leaves through. */
  exit: string | null;
  nics: NicVerdict[];
  /** Where the node is known at the grid, and how long that took; null while it is not, and where there is no registrar. */
  grid: { twinId: number; nodeId: number; ms: number } | null;
  /** Whether a 0-db could be served, as a vantage found; null where there is none. */
  zdb: Reachability["answer"] | null;
  proof: Record<ProofName, boolean | null> & Partial<Record<keyof SupervisionProofs, boolean | null>>;
  /** Who keeps zos's lease; only when the node was given a process manager. */
  supervisor?: Supervision | null;
  /** What is different on the node after `down`; empty when it is as it was. */
  leftovers: string[];
}

/** What a run found. */
export interface Findings {
  layout: Layout;
  status: Status | null;
  totalMs: number;
  proofs: AllProofs;
  /** Undefined when nobody asked. */
  supervision: Supervision | null | undefined;
  zdb: Status["zdb"];
  leftovers: string[];
}

/** What every run shows, and what only one shows that looks at the supervisor. */
export type AllProofs = Proofs & Partial<SupervisionProofs>;

/** The report of a run. */
export function reportOf({ layout, status, totalMs, proofs, supervision, zdb, leftovers }: Findings): LabReport {
  const shown = Object.entries(proofs).map(([name, { isProven }]) => [name, isProven]);
  const uplink = status?.uplink?.nic ?? null;
  return {
    layout: layout.name,
    kernel: release(),
    outcome: status?.state ?? null,
    totalMs: Math.round(totalMs),
    states: status?.states ?? [],
    uplink,
    exit: status?.exit?.exitNic ?? uplink,
    nics: status?.nics ?? [],
    grid: gridIn(status),
    zdb: zdb?.answer ?? null,
    proof: Object.fromEntries(shown) as LabReport["proof"],
    ...(supervision !== undefined && { supervisor: supervision }),
    leftovers,
  };
}

function gridIn(status: Status | null): LabReport["grid"] {
  const { twinId, nodeId, ms } = status?.grid ?? { twinId: null, nodeId: null, ms: null };
  return twinId === null || nodeId === null || ms === null ? null : { twinId, nodeId, ms };
}

/** Whether a run had no other problem, every applicable proof and nothing left behind. */
export function isAsPromised({ proof, leftovers }: LabReport, problems: readonly string[]): boolean {
  return problems.length === 0 && !Object.values(proof).includes(false) && leftovers.length === 0;
}

/** What the boot chose, and why. */
export function renderChoice({ uplink, exit, nics }: Status): string[] {
  return [
    `uplink ${uplink?.nic ?? "none"}, exit ${exit?.exitNic ?? uplink?.nic ?? "none"}`,
    ...nics.map(({ nic, verdict, reason }) => `  ${nic}  ${verdict}: ${reason}`),
  ];
}

/** The addresses of ndmz's outward interfaces. */
export function renderNdmz({ ndmz }: Status): string[] {
  const sides = Object.entries(ndmz ?? {}).map(([name, { ipv4, ipv6, gateways4, gateways6 }]) => {
    const addresses = [...ipv4, ...ipv6].join(" ") || "no address";
    const gateways = [...gateways4, ...gateways6].map((gateway) => ` via ${gateway}`).join("");
    return `  ${name}  ${addresses}${gateways}`;
  });
  return sides.length > 0 ? ["ndmz", ...sides] : [];
}

/** What was found from outside. */
export function renderZdb(zdb: Status["zdb"]): string[] {
  return zdb === null ? [] : [`0-db ${zdb.answer}: ${zdb.reason}`];
}

/** What is otherwise found from outside than is expected. */
export function problemsOfZdb({ expected }: Layout, zdb: Status["zdb"]): string[] {
  const { answer, reason } = expected.zdb ?? { answer: zdb?.answer, reason: / */ };
  if (zdb?.answer === answer && reason.test(zdb?.reason ?? "")) return [];
  return [`0-db is ${zdb?.answer ?? "not looked at"} (${zdb?.reason ?? ""}) and not ${answer ?? "that"} (${reason})`];
}

/** One line for each proof that applies. */
export function renderProofs(proofs: Partial<AllProofs>): string[] {
  return Object.values(proofs)
    .filter(({ isProven }) => isProven !== null)
    .map(({ isProven, says }) => `${isProven === true ? "✓" : "✗"} ${says}`);
}

/** One line for each thing that is left behind or otherwise wrong, and one for the whole. */
export function renderEnd({ expected }: Layout, report: LabReport, problems: readonly string[]): string[] {
  const { leftovers, outcome, totalMs } = report;
  return [
    ...(leftovers.length === 0 ? ["✓ after `down` the node is as it was before"] : []),
    ...leftovers.map((leftover) => `✗ left behind: ${leftover}`),
    ...problems.map((problem) => `✗ ${problem}`),
    `${isAsPromised(report, problems) ? "✓" : "✗"} ${outcome ?? "nothing"} in ${totalMs} ms, expected ${expected.outcome}`,
  ];
}
