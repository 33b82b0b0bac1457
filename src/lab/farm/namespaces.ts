import { setTimeout as delay } from "node:timers/promises";
import { BootError } from "../../errors.ts";
import { run } from "../../os/run.ts";

/** The command line that runs a command in one of the lab's own network namespaces, as the process that is started. */
export function inNamespace(namespace: string, argv: readonly string[]): string[] {
  return ["nsenter", `--net=/run/netns/${namespace}`, ...argv];
}

/**
 * Changes many things of one namespace with one process (ip(8) `-batch`), which costs a sixth of twelve processes.
 *
 * @param namespace null is the lab's own
 * @throws BootError with the first line that failed
 */
export async function ipBatch(namespace: string | null, lines: readonly string[]): Promise<void> {
  const place = namespace === null ? [] : ["-n", namespace];
  await run(["ip", ...place, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** Writes sysctls of a namespace, each as `key=value`. */
export async function setSysctls(namespace: string, settings: readonly string[]): Promise<void> {
  await run(inNamespace(namespace, ["sysctl", "-qw", ...settings]));
}

interface Link {
  ifname: string;
  operstate: string;
  linkinfo?: { info_slave_data?: { state?: string } };
}

const forwardingMs = 5_000;

/**
 * Waits until cables carry frames: the kernel's link watch opens queues and bridge ports some time after `up`.
 *
 * @param links those to wait for
 * @throws BootError `timeout`
 */
export async function awaitForwarding(namespace: string, links: readonly string[]): Promise<void> {
  const deadline = performance.now() + forwardingMs;
  for (;;) {
    const { stdout } = await run(["ip", "-n", namespace, "-d", "-j", "link", "show"]);
    const ready = (JSON.parse(stdout) as Link[]).filter(isForwarding).map(({ ifname }) => ifname);
    if (links.every((link) => ready.includes(link))) return;
    if (performance.now() > deadline)
      throw new BootError("timeout", `${links.join(", ")} of ${namespace} do not come up`);
    await delay(5);
  }
}

function isForwarding({ operstate, linkinfo }: Link): boolean {
  return operstate === "UP" && (linkinfo?.info_slave_data?.state ?? "forwarding") === "forwarding";
}
