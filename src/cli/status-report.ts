import { egressWords } from "../policy/egress.ts";
import { clockWords, gridWords } from "../policy/grid.ts";
import type { Refused } from "../policy/nat-rules.ts";
import { adviceForNdmz, networksOf, siteOf } from "../policy/site.ts";
import { addressWords } from "../policy/steps.ts";
import { keptSteps } from "../program/follow-steps.ts";
import { type GridStatus, type Status, statusSchemaNumber, type ZdbStatus } from "../program/status-file.ts";
import type { StatusReport } from "../program/status-schema.ts";
import type { BootSighting } from "../program/watch-boot.ts";
import { readServices, type ServiceReport } from "../supervisor/read-services.ts";
import { readAddressesNow } from "./addresses-now.ts";
import { adviceLines } from "./report.ts";
import { readRefusedNow } from "./refused-now.ts";

/** What is told of a node's boot: its own status, with the addresses and services that there are now. */
export interface Told {
  isRunning: boolean;
  found: Status | null;
  services: ServiceReport[];
  /** What of resources was dropped; null without ndmz. */
  refused: Refused | null;
  /** Why a boot would not begin on a node on which none has; null when it would. */
  refusal: string | null;
}

/** Asks the kernel and the supervisor for what the boot's status does not have; changes nothing. */
export async function toldOf({ isRunning, status }: BootSighting): Promise<Told> {
  const nothing = { services: [], refused: null };
  if (status === null) return { isRunning, found: null, ...nothing, refusal: isRunning ? null : await readRefusal() };
  const [addresses, services, refused] = await Promise.all([
    readAddressesNow(),
    readServices(status.supervisor),
    readRefusedNow(),
  ]);
  return { isRunning, found: { ...status, ...addresses }, services, refused, refusal: null };
}

/** What cannot be asked refuses nothing. */
async function readRefusal(): Promise<string | null> {
  const [{ refusalNow }, { openSupervisor }] = await Promise.all([
    import("../../effects/check-foreign.ts"),
    import("../supervisor/open.ts"),
  ]);
  return openSupervisor("auto")
    .then(refusalNow)
    .catch(() => null);
}

/** The document that `--json` prints, as docs/status.schema.json describes it. */
export function reportOf({ isRunning, found, services, refused }: Told): StatusReport {
  if (found === null) return { schema: statusSchemaNumber, isRunning };
  return { isRunning, ...found, supervisor: { kind: found.supervisor, services }, refused };
}

function gridLine({ state, farmId, twinId, nodeId, clockOffsetMs, failure }: GridStatus): string {
  const place =
    farmId === null || twinId === null || nodeId === null
      ? `not enrolled (${state})`
      : gridWords({ farmId, twinId, nodeId });
  return [...new Set([place, clockWords(clockOffsetMs), failure])].filter((each) => each !== null).join("; ");
}

function zdbWords({ answer, reason, at, failure }: ZdbStatus): string {
  const words = `${answer}: ${reason}${at === null ? "" : ` (${at})`}`;
  return failure === null || reason.includes(failure) ? words : `${words}; ${failure}`;
}

/** The same for people. */
export function textOf({ isRunning, found, services, refused, refusal }: Told): string {
  if (found === null) {
    if (isRunning) return "a boot has begun and has not told anything yet\n";
    return `zos-boot has not run on this node${refusal === null ? "" : `; ${refusal}`}\n`;
  }
  const lines = [
    `state     ${found.detail}${isRunning ? "" : " (no longer running)"}${faultWords(found)}`,
    `since     ${found.startedAt}, version ${found.version}, pid ${found.pid}`,
    ...(found.failure === null ? [] : [`trouble   ${found.failure}`]),
    ...found.configFaults.map((fault) => `config    left out: ${fault}`),
    ...adviceLines(adviceFor(found)),
    ...found.nics.map(({ nic, verdict, reason }) => `${nic.padEnd(9)} ${verdict}: ${reason}`),
    ...(found.grid === null ? [] : [`grid      ${gridLine(found.grid)}`]),
    ...(found.zdb === null ? [] : [`0-db      ${zdbWords(found.zdb)}`]),
    `zos       ${addressWords(found.zos)}`,
    `npub4     ${addressWords(found.ndmz?.npub4 ?? null)}`,
    `npub6     ${addressWords(found.ndmz?.npub6 ?? null)}`,
    ...(found.reach === null
      ? []
      : [`node      ${egressWords(found.reach.node)}`, `workloads ${egressWords(found.reach.workloads)}`]),
    ...(refused === null ? [] : [`refused   ${refusedWords(refused)}`]),
    ...services.map(
      ({ service, state, detail }) => `${service.padEnd(9)} ${state} under ${found.supervisor} (${detail})`,
    ),
    `steps     ${stepWords(found)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function refusedWords({ hasty, held, nearby, forged }: Refused): string {
  return `${hasty} packets over a resource's share, ${held} beyond what it may hold, ${nearby} to networks around, ${forged} not its own`;
}

function faultWords({ configFaults }: Status): string {
  const { length } = configFaults;
  if (length === 0) return "";
  return `, degraded: ${length} ${length === 1 ? "fault" : "faults"} in the configuration`;
}

/** The visits of steps, with how many are left out between the first ones and the latest. */
function stepWords({ states, statesLeftOut }: Status): string {
  const words = states.map(({ state, ms }) => `${state} ${ms} ms`);
  if (statesLeftOut > 0) words.splice(keptSteps.first, 0, `… ${statesLeftOut} more …`);
  return words.join(", ");
}

/** What the farmer can do, once it is clear that something is missing; a boot on its way has not looked everywhere yet. */
function adviceFor(found: Status): string[] {
  const networks = networksOf(found);
  switch (found.state) {
    case "waitIpv6":
      return [found.failure === null ? null : adviceForNdmz(found)].filter((each) => each !== null);
    case "restart":
      return siteOf(networks, found).advice;
    case "online":
      return siteOf(
        networks.filter(({ nic }) => nic === found.uplink?.nic || nic === found.exit?.exitNic),
        found,
      ).advice;
    default:
      return [];
  }
}
