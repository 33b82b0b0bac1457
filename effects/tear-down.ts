import type { Effect, Supervisor } from "../src/ports.ts";
import { readdir } from "../src/os/sync-fs.ts";
import { clientFiles } from "../src/os/dhcp-client.ts";
import { readText, remove, removeIfEmpty, writeAtomically } from "../src/os/files.ts";
import { ip, ipBatch, readLinks, readNamespaces } from "../src/os/ip.ts";
import { originalResolver, rememberedNics, restoreNics, sharedDirectories } from "../src/os/nic-backup.ts";
import { exclusively, locks } from "../src/os/locks.ts";
import { endProcesses } from "../src/os/processes.ts";
import { isOurLink, isResourcePort, names } from "../src/policy/names.ts";
import { unbindPorts } from "./bind-ports.ts";
import { giveBackProbes } from "./give-back-probes.ts";

interface TornDown {
  removed: string[];
  /** What could not be put back, a sentence each. */
  failures: string[];
}

/**
 * Takes away everything that the program created on the node, and gives NICs and resolv.conf the state that they had.
 * On a node where nothing of it is left, it changes nothing.
 *
 * @throws BootError `busy` when another process does not let go, what the commands throw; running it again goes on
 */
export function tearDown(supervisor: Supervisor): Effect<Record<string, never>, TornDown> {
  return async (_, { signal }) => {
    const probed = await giveBackProbes({}, { signal });
    const network = await exclusively(
      [locks.bridge(names.bridge), locks.bridge(names.publicBridge), locks.ndmz],
      signal,
      () => removeNetwork(supervisor, signal),
    );
    const failures = await restoreNics(await rememberedNics(), signal);
    await restoreResolver();
    await remove(...(await ownFiles(failures.length > 0)), ...[names.bridge, names.npub4].flatMap(clientFiles));
    await removeIfEmpty(...sharedDirectories);
    return { removed: [...probed, ...network], failures };
  };
}

/** Takes away ndmz, our bridges with all that hangs on them, and their DHCP clients. */
async function removeNetwork(supervisor: Supervisor, signal: AbortSignal): Promise<string[]> {
  const node = { namespace: null, signal };
  await supervisor.remove({ service: names.uplinkClient, iface: names.bridge, namespace: null });
  await supervisor.remove({ service: names.ndmzClient, iface: names.npub4, namespace: names.ndmz });
  const hasNdmz = (await readNamespaces()).includes(names.ndmz);
  if (hasNdmz) {
    await endProcesses(names.ndmz, () => true);
    await ip(node, "netns", "del", names.ndmz);
  }
  const ours = (await readLinks(node)).map((link) => link.ifname).filter(isOurLink);
  const removeLinks = (links: string[]) =>
    ipBatch(
      node,
      links.map((link) => `link del dev ${link}`),
    );
  await removeLinks(ours.filter(isResourcePort));
  // Between ports and bridges: a run that was killed in the midst finds either, and goes on.
  if (ours.length > 0) await unbindPorts(signal);
  await removeLinks(ours.filter((link) => !isResourcePort(link)));
  return hasNdmz ? [names.ndmz, ...ours] : ours;
}

/** What is still to be put back stays known. */
async function ownFiles(isUnfinished: boolean): Promise<string[]> {
  if (!isUnfinished) return [names.runDir];
  return (await readdir(names.runDir)).filter((name) => name !== "original").map((name) => `${names.runDir}/${name}`);
}

async function restoreResolver(): Promise<void> {
  const path = "/etc/resolv.conf";
  const original = await originalResolver();
  if (original === null || original.text === (await readText(path))) return;
  if (original.text === null) await remove(path);
  else await writeAtomically(path, original.text);
}
