import { mkdir, writeFile } from "node:fs/promises";
import { agentArgv } from "../../src/lab/farm/agent-command.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import { bundle, outputOf } from "./boot.ts";

/** The lease of zos as zos' own internet has it kept. */
const service = "exec: dhcpcd -B -4 -C resolv.conf zos\nlog: none\n";

/** As zos' own internet leaves a node: the NIC in the bridge zos, and dhcpcd for it in a service of zinit. */
const uplink = [
  "link add name zos type bridge",
  "link set dev zos address 02:00:00:00:00:01",
  "link set dev eth0 up",
  "link set dev eth0 master zos",
  "link set dev zos up",
];

/** As zos' own networkd leaves it: ndmz on zos and on a bridge for network resources. */
const ndmz = [
  "netns add ndmz",
  "link add name br-ndmz type bridge",
  "link set dev br-ndmz up",
  "link add link br-ndmz name tonrs netns ndmz type macvlan mode bridge",
  "link add link zos name npub4 netns ndmz type macvlan mode bridge",
  "-n ndmz link set dev lo up",
  "-n ndmz link set dev tonrs up",
  "-n ndmz link set dev npub4 up",
  "-n ndmz addr add 100.127.0.1/16 dev tonrs",
];

/** Has the node a zinit 0.2 and is it set up as zos' own daemons do; resolves when it has its lease. */
export async function setUpAsReference(node: LabNode): Promise<void> {
  await mkdir(`${node.root}/etc/zinit`, { recursive: true });
  await writeFile(`${node.root}/etc/zinit/dhcp-zos.yaml`, service);
  for (const line of [...uplink, ...ndmz]) await outputOf(node, "ip", ...line.split(" "));
  await node.start(agentArgv(bundle, "zinit", "text"), { isAnnounced: true });
  await outputOf(node, "sh", "-c", "until ip -4 route show default | grep -q zos; do sleep 0.1; done");
}
