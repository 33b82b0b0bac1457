import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { agentArgv } from "../../src/lab/farm/agent-command.ts";
import type { LabNode } from "../../src/lab/farm/node.ts";
import type { Program } from "../../src/lab/farm/program.ts";
import { bundle, outputOf, zosBoot } from "./boot.ts";

const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const zinit3 = join(cache, "zos-boot/zinit-0.3.9/bin/zinit-server");
const services3 = "/etc/zinit/services";

/** A process manager that starts the program by the files that it has installed. */
export interface Manager {
  name: string;
  /** Why it cannot be tried on this machine; null when it can. */
  whyNot: string | null;
  generation: "0.2" | "0.3";
  argv: readonly string[];
  /** How to say that a service has ended well, or runs, in its list of services. */
  list: (node: LabNode) => Promise<string>;
  /** A service that is started once networkd is ready: path and text. */
  tenant: { path: string; text: string };
}

const tenantExec = "cp /run/zos-boot/status.json /run/zos-boot-lab/tenant.json";
const ask = (line: string) => (node: LabNode) =>
  outputOf(node, "sh", "-c", `echo '${line}' | nc -N -U -w 2 /run/zinit.sock`);

function zinit2(protocol: "text" | "rpc", line: string): Manager {
  return {
    name: `zinit 0.2, ${protocol},`,
    whyNot: null,
    generation: "0.2",
    argv: agentArgv(bundle, "zinit", protocol),
    list: ask(line),
    tenant: { path: "/etc/zinit/tenant.yaml", text: `exec: ${tenantExec}\noneshot: true\nafter: [networkd]\n` },
  };
}

export const managers: readonly Manager[] = [
  zinit2("text", "list"),
  zinit2("rpc", '{"jsonrpc":"2.0","id":1,"method":"service_list","params":{}}'),
  {
    name: "zinit 0.3",
    whyNot: existsSync(zinit3) ? null : "scripts/install-zinit.sh has not built it",
    generation: "0.3",
    argv: [zinit3, "--socket", "/run/zinit.sock", "--config-dir", services3, "--log-level", "error"],
    list: async (node) => {
      const states = ["internet", "networkd", "tenant"].map((name) =>
        ask(`{"jsonrpc":"2.0","id":1,"method":"service.status","params":{"name":"${name}"}}`)(node),
      );
      return (await Promise.all(states)).join("");
    },
    tenant: {
      path: `${services3}/tenant.toml`,
      text: `[service]\nname = "tenant"\nexec = "${tenantExec}"\noneshot = true\n[dependencies]\nrequires = ["networkd"]\n`,
    },
  },
];

/** The services of the program, and what comes before and after it, are on the node's disk. */
export async function installOn(node: LabNode, { generation, tenant }: Manager): Promise<void> {
  await mkdir(`${node.root}/etc/zinit`, { recursive: true });
  await outputOf(node, ...zosBoot("install", "zinit", "--generation", generation));
  await writeFile(node.root + tenant.path, tenant.text);
  if (generation === "0.2")
    await writeFile(`${node.root}/etc/zinit/udev-trigger.yaml`, 'exec: "true"\noneshot: true\n');
}

/** Starts the process manager, with everything that is on the node's disk. */
export function startManager(node: LabNode, { argv }: Manager): Promise<Program> {
  return node.start(argv, { stdio: "ignore" });
}
