import { setMaxListeners } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { switchOf } from "../../src/lab/farm/nic-cables.ts";
import { ipBatch } from "../../src/lab/farm/namespaces.ts";
import { type Program, startProgram } from "../../src/lab/farm/program.ts";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { run, tied } from "../../src/os/run.ts";
import { keep, tail } from "./consoles.ts";
import { type Ended, type Guest, guestOf, type GuestRunOptions } from "./guest.ts";
import { baseDisk, type Layer, makeLayer } from "./image.ts";
import { type JsonSocket, openJsonSocket } from "./json-socket.ts";
import { type Hardware, nicDevice, nicName, type Places, qemuArgv, tapName } from "./qemu.ts";

export type MachinePlan = Partial<Hardware & Layer> & Pick<Hardware, "nics">;

/** A machine that runs. Nothing of it is left when it is off: its disk is a layer over the image's. */
export interface Machine {
  /** Runs a command on it; rejects unless that ends with 0. */
  run: (argv: readonly string[], options?: GuestRunOptions) => Promise<string>;
  /** Runs a command on it, whatever that ends with. */
  attempt: (argv: readonly string[], options?: GuestRunOptions) => Promise<Ended>;
  /** Runs a line of shell. */
  sh: (script: string) => Promise<string>;
  /** As its reset button does; resolves when it has started again. */
  reset: () => Promise<void>;
  /** Plugs a NIC into the machine, unless it is; resolves when udev has named it. */
  plug: (nic: number) => Promise<void>;
  /** Pulls a NIC out of the machine; resolves when the guest has let it go. */
  unplug: (nic: number) => Promise<void>;
  /** Plugs a NIC's cable in, or pulls it. */
  setCarrier: (nic: number, hasCarrier: boolean) => Promise<void>;
  console: () => Promise<string>;
  off: () => Promise<void>;
}

/** The slowest start seen took a fifth of this. */
const startMs = 300_000;
const offMs = 20_000;

/** Switches a machine on in a farm that stands; resolves when it answers. */
export async function switchOn(plan: MachinePlan): Promise<Machine> {
  const hardware: Hardware = {
    ...{ kernel: "bookworm", append: "", isInitramfsNetworked: false, uuid: null, number: 1 },
    ...plan,
  };
  const places = await placesOf(hardware, { isEnabled: true, files: {}, programs: {}, ...plan });
  const log = await open(`${places.console}.qemu`, "w");
  const program = await startProgram(tied(qemuArgv(hardware, places)), { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  try {
    return await started(hardware, places, program);
  } catch (error) {
    await program.signal("SIGKILL");
    const words = (await Promise.all([places.console, `${places.console}.qemu`].map(textOf))).join("\n");
    const path = await keep(`not-started-${hardware.number}`, words);
    throw new Error(`the machine does not start; its console is kept in ${path} and said last:\n${tail(words)}`, {
      cause: error,
    });
  }
}

async function started(hardware: Hardware, places: Places, program: Program): Promise<Machine> {
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  void program.exited.then((code) => gone.abort(new Error(`qemu ended with exit code ${code}`)));
  const qmp = await openJsonSocket(places.qmp);
  await qmp.ask("qmp_capabilities");
  await plugCables(hardware, qmp);
  const agent = await openJsonSocket(places.agent);
  const guest = guestOf(agent);
  await qmp.ask("cont");
  const limited = () => limitedBy(gone.signal);
  await guest.answer(limited());
  const plugged = new Set(hardware.nics.flatMap(({ isPlugged = true }, nic) => (isPlugged ? [nic] : [])));
  return {
    ...commandsOn(guest),
    reset: async () => {
      const happened = qmp.event("RESET", undefined, limited());
      await qmp.ask("system_reset");
      await happened;
      await guest.answer(limited());
    },
    plug: async (nic) => {
      if (plugged.has(nic)) return;
      plugged.add(nic);
      await qmp.ask("device_add", nicDevice(hardware, nic));
      await guest.attempt(["udevadm", "wait", "--timeout", String(startMs / 1_000), `/sys/class/net/${nicName(nic)}`]);
    },
    unplug: async (nic) => {
      plugged.delete(nic);
      const happened = qmp.event("DEVICE_DELETED", ({ device }) => device === nicName(nic), limited());
      await qmp.ask("device_del", { id: nicName(nic) });
      await happened;
    },
    setCarrier: async (nic, up) => void (await qmp.ask("set_link", { name: `net${nic}`, up })),
    console: () => textOf(places.console),
    off: async () => {
      const timer = setTimeout(() => void program.signal("SIGKILL"), offMs);
      await qmp.ask("quit").catch(() => program.signal("SIGKILL"));
      await program.exited;
      clearTimeout(timer);
      for (const socket of [qmp, agent]) socket.close();
    },
  };
}

/** Ends when qemu does, or when the guest takes too long. Node 20 forgets timeouts that AbortSignal.any() is made of. */
function limitedBy(gone: AbortSignal): AbortSignal {
  const limit = new AbortController();
  const late = new Error(`the guest did not answer in ${startMs / 1_000} s`);
  setTimeout(() => limit.abort(late), startMs).unref();
  gone.addEventListener("abort", () => limit.abort(gone.reason), { once: true });
  setMaxListeners(0, limit.signal); // Each question of a guest that does not answer yet waits for it.
  return limit.signal;
}

async function placesOf({ number }: Hardware, layer: Layer): Promise<Places> {
  const directory = `${labDir}/vm${number}`;
  await mkdir(directory, { recursive: true });
  const disk = `${directory}/disk.qcow2`;
  const [layerDisk] = await Promise.all([
    makeLayer(String(number), layer),
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", baseDisk(), disk]),
  ]);
  const place = (name: string) => `${directory}/${name}`;
  return { disk, layer: layerDisk, console: place("console.log"), qmp: place("qmp"), agent: place("agent") };
}

/** qemu has made its taps in the lab's own namespace, and keeps them wherever they go. */
async function plugCables({ number, nics }: Hardware, qmp: JsonSocket): Promise<void> {
  for (const [index, { segment, hasCarrier = true }] of nics.entries()) {
    const tap = tapName(number, index);
    if (!hasCarrier) await qmp.ask("set_link", { name: `net${index}`, up: false });
    if (segment === null) continue;
    await ipBatch(null, [`link set ${tap} netns ${switchOf(segment)}`]);
    await ipBatch(switchOf(segment), [`link set ${tap} master switch up`]);
  }
}

function commandsOn({ attempt }: Guest): Pick<Machine, "run" | "attempt" | "sh"> {
  const succeed = async (argv: readonly string[], options?: GuestRunOptions) => {
    const { code, stdout, stderr } = await attempt(argv, options);
    if (code !== 0) throw new Error(`in the guest ${argv.join(" ")} ended with ${code}:\n${tail(stdout + stderr)}`);
    return stdout;
  };
  return { attempt, run: succeed, sh: (script) => succeed(["sh", "-c", script]) };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
