import { Command } from "commander";
import { isBootRunning } from "../program/control.ts";
import { exitCode } from "../errors.ts";
import { adviceForNdmz, networksOf, siteOf } from "../policy/site.ts";
import { addressWords } from "../policy/steps.ts";
import { keptSteps } from "../program/follow-steps.ts";
import { readStatus, type Status } from "../program/status-file.ts";
import { readServices, type ServiceReport } from "../supervisor/read-services.ts";
import { adviceLines } from "./report.ts";
import { readAddressesNow } from "./standing.ts";

export function statusCommand(): Command {
  return new Command("status")
    .description(
      "tell where the boot is, and what addresses the node has; exit 0 when online, 75 when not (yet), 69 when none runs",
    )
    .option("--json", "print the whole status as JSON")
    .action(status);
}

async function status({ json = false }: { json?: boolean }): Promise<void> {
  const isRunning = await isBootRunning();
  const written = await readStatus();
  const found = written && { ...written, ...(await readAddressesNow()) };
  const services = found === null ? [] : await readServices(found.supervisor);
  if (json) {
    const supervisor = found && { supervisor: { kind: found.supervisor, services } };
    process.stdout.write(`${JSON.stringify({ isRunning, ...found, ...supervisor }, null, 2)}\n`);
  } else if (found === null) process.stdout.write("zos-boot has not run on this node\n");
  else process.stdout.write(describe(found, isRunning, services));
  if (!isRunning) process.exitCode = exitCode.unavailable;
  else if (found?.state !== "online") process.exitCode = exitCode.tempFail;
}

function describe(found: Status, isRunning: boolean, services: ServiceReport[]): string {
  const lines = [
    `state     ${found.detail}${isRunning ? "" : " (no longer running)"}`,
    `since     ${found.startedAt}, version ${found.version}, pid ${found.pid}`,
    ...(found.failure === null ? [] : [`trouble   ${found.failure}`]),
    ...adviceLines(adviceFor(found)),
    ...found.nics.map(({ nic, verdict, reason }) => `${nic.padEnd(9)} ${verdict}: ${reason}`),
    `zos       ${addressWords(found.zos)}`,
    `npub4     ${addressWords(found.ndmz?.npub4 ?? null)}`,
    `npub6     ${addressWords(found.ndmz?.npub6 ?? null)}`,
    ...services.map(
      ({ service, state, detail }) => `${service.padEnd(9)} ${state} under ${found.supervisor} (${detail})`,
    ),
    `steps     ${stepWords(found)}`,
  ];
  return `${lines.join("\n")}\n`;
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
