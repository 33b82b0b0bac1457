import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentArgv } from "../../src/lab/farm/agent-command.ts";
import { type Program, startProgram } from "../../src/lab/farm/program.ts";
import { callRpc } from "../../src/supervisor/json-rpc.ts";
import { findZinit, zinitPlaces } from "../../src/supervisor/detect.ts";
import { createEmbeddedSupervisor, type OwnedSupervisor } from "../../src/supervisor/embedded.ts";
import { openSupervisor } from "../../src/supervisor/open.ts";
import { zinitRpc } from "../../src/supervisor/zinit-rpc.ts";
import { zinitText } from "../../src/supervisor/zinit-text.ts";
import type { SupervisorKind } from "../../src/contract.ts";

const bundle = fileURLToPath(new URL("../../dist/zos-boot.mjs", import.meta.url));
const socket = "/run/zinit.sock";
const services = "/etc/zinit/services";

/** A supervisor that the contract is tried on, and what must be arranged around it. */
export interface Subject {
  kind: SupervisorKind;
  /** Why it cannot be tried on this machine; null when it can. */
  whyNot: string | null;
  /** Starts whatever process manager there is, and gives the supervisor that a boot would find. */
  open: () => Promise<OwnedSupervisor>;
  /** Ends the process manager, or this program's part of it, and starts it anew. */
  restart: (supervisor: OwnedSupervisor) => Promise<OwnedSupervisor>;
  /** As `restart`, but whatever process manager there is dies without a word to its services. */
  crash: (supervisor: OwnedSupervisor) => Promise<OwnedSupervisor>;
  close: (supervisor: OwnedSupervisor) => Promise<void>;
  /** Gives a service of this name to the process manager that is not the program's; null where there is none. */
  plantForeign: ((service: string) => Promise<void>) | null;
  /** Stops a service as an operator would. */
  stopByHand: ((service: string) => Promise<void>) | null;
  /** Has the process manager forget a service that was stopped. */
  forgetByHand: ((service: string) => Promise<void>) | null;
}

const letGoAndReopen: Subject["restart"] = async (supervisor) => {
  await supervisor.close();
  return createEmbeddedSupervisor();
};

const embedded: Subject = {
  kind: "embedded",
  whyNot: null,
  open: () => Promise.resolve(createEmbeddedSupervisor()),
  restart: letGoAndReopen,
  crash: letGoAndReopen,
  close: (supervisor) => supervisor.close(),
  plantForeign: null,
  stopByHand: null,
  forgetByHand: null,
};

/** A subject whose process manager is a program of its own. */
function zinit(
  kind: SupervisorKind,
  argv: readonly string[],
  more: Pick<Subject, "plantForeign" | "stopByHand" | "forgetByHand" | "whyNot">,
): Subject {
  let program: Program | null = null;
  const end = async (signal: NodeJS.Signals = "SIGTERM") => {
    await program?.signal(signal);
    await program?.exited;
    program = null;
  };
  const open = async () => {
    program = await startProgram(argv, { stdio: ["ignore", "ignore", "inherit"] });
    const places = zinitPlaces({});
    const deadline = performance.now() + 10_000;
    while ((await findZinit(places)) === null) {
      if (performance.now() > deadline) throw new Error(`${argv.join(" ")} does not listen`);
    }
    return openSupervisor("zinit", { places });
  };
  return {
    kind,
    open,
    restart: async () => {
      await end();
      return open();
    },
    crash: async () => {
      await end("SIGKILL");
      return open();
    },
    close: async () => {
      await end();
      await rm("/etc/zinit", { recursive: true, force: true });
    },
    ...more,
  };
}

/** A service of somebody else's, for zinit 0.2. */
const foreignYaml = "exec: sleep 1000\nlog: none\n";

async function plantYaml(service: string): Promise<void> {
  await writeFile(`/etc/zinit/${service}.yaml`, foreignYaml);
}

const zinit3Directory = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "zos-boot/zinit-0.3.9");
const zinit3 = join(zinit3Directory, "bin/zinit-server");

function whyNoZinit3(): string | null {
  if (existsSync(zinit3)) return null;
  const reason = join(zinit3Directory, "why-not");
  return existsSync(reason) ? readFileSync(reason, "utf8").trim() : "scripts/install-zinit.sh was not run";
}

export const subjects: Subject[] = [
  embedded,
  zinit("zinit-text", agentArgv(bundle, "zinit", "text"), {
    whyNot: null,
    plantForeign: async (service) => {
      await plantYaml(service);
      await zinitText(socket).monitor(service);
    },
    stopByHand: (service) => zinitText(socket).stop(service),
    forgetByHand: (service) => zinitText(socket).forget(service),
  }),
  zinit("zinit-rpc", agentArgv(bundle, "zinit", "rpc"), {
    whyNot: null,
    plantForeign: async (service) => {
      await plantYaml(service);
      await zinitRpc(socket, "_").monitor(service);
    },
    stopByHand: (service) => zinitRpc(socket, "_").stop(service),
    forgetByHand: (service) => zinitRpc(socket, "_").forget(service),
  }),
  zinit("zinit-3", [zinit3, "--socket", socket, "--config-dir", services, "--log-level", "error"], {
    whyNot: whyNoZinit3(),
    plantForeign: async (service) => {
      await mkdir(services, { recursive: true });
      await callRpc(socket, "service.set", { config: { service: { name: service, exec: "/usr/bin/env sleep 1000" } } });
    },
    stopByHand: async (service) => {
      await callRpc(socket, "service.stop", { name: service });
    },
    forgetByHand: async (service) => {
      await callRpc(socket, "service.delete", { name: service });
    },
  }),
];
