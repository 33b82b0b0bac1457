import { availableParallelism } from "node:os";
import { readFileSync } from "node:fs";
import { kernelFile, type Kernel } from "./image.ts";

export type NicModel = "virtio-net-pci" | "e1000";

/** A NIC of the machine; its cable leads to a segment of the farm, or nowhere. */
export interface VmNic {
  segment: string | null;
  model: NicModel;
  /** Whether it has a carrier when the machine is switched on; true unless said. */
  hasCarrier?: boolean;
  /** Whether it is plugged into the machine when that is switched on; true unless said. */
  isPlugged?: boolean;
}

export interface Hardware {
  kernel: Kernel;
  nics: readonly VmNic[];
  /** More of the kernel's command line. */
  append: string;
  /** Whether the initramfs has drivers of NICs, as it needs for `ip=dhcp`. */
  isInitramfsNetworked: boolean;
  /** The DMI UUID; without one there is none, as on many boards. */
  uuid: string | null;
  /** Distinguishes the MACs of machines in one farm. */
  number: number;
}

/** Slots below these are qemu's own. systemd names a NIC by its slot (systemd.net-naming-scheme(7), ID_NET_NAME_SLOT). */
const firstSlot = 16;
export const nicName = (index: number) => `ens${firstSlot + index}`;
export const tapName = (machine: number, index: number) => `tap${machine}-${index}`;
export const macOf = (machine: number, index: number) => `52:54:00:00:0${machine}:0${index + 1}`;

/** What device_add takes, and `-device` too. */
export function nicDevice({ number, nics }: Hardware, index: number): Record<string, string> {
  return {
    driver: nics[index]?.model ?? "virtio-net-pci",
    id: nicName(index),
    netdev: `net${index}`,
    mac: macOf(number, index),
    addr: (firstSlot + index).toString(16),
    romfile: "", // No boot from the network.
  };
}

/** Files and sockets of a machine. */
export interface Places {
  disk: string;
  layer: string;
  console: string;
  qmp: string;
  agent: string;
}

/** The processor says whether it can run guests; /dev/kvm opens on some that cannot. */
function acceleration(): string[] {
  const hasKvm = /^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
  return hasKvm ? ["-accel", "kvm", "-accel", "tcg"] : ["-accel", "tcg,tb-size=512"];
}

/** Machines do not trust the lab's authority. */
const reachTargets = "zos-boot.reachTargets=bootstrap.grid.tf:80,hub.grid.tf:80";

/** The command line of a machine that waits for `cont`. */
export function qemuArgv(hardware: Hardware, places: Places): string[] {
  const { kernel, nics, append, uuid, number, isInitramfsNetworked } = hardware;
  const cmdline = `root=/dev/vda rw console=ttyS0 ${reachTargets} ${append}`;
  const plugged = nics.flatMap(({ isPlugged = true }, index) => (isPlugged ? [nicDevice(hardware, index)] : []));
  const text = (device: Record<string, string>) =>
    Object.entries(device)
      .map(([key, value]) => (key === "driver" ? value : `${key}=${value}`))
      .join(",");
  return [
    ...["qemu-system-x86_64", ...acceleration(), "-M", "pc", "-m", "1024", "-nodefaults", "-display", "none", "-S"],
    ...["-smp", String(Math.min(2, availableParallelism())), ...(uuid === null ? [] : ["-uuid", uuid])],
    ...["-kernel", kernelFile(kernel, "vmlinuz"), "-append", cmdline],
    ...["-initrd", kernelFile(kernel, isInitramfsNetworked ? "initrd-nics" : "initrd-plain")],
    ...["-drive", `file=${places.disk},if=virtio,format=qcow2,cache=unsafe`],
    ...["-drive", `file=${places.layer},if=virtio,format=raw,readonly=on`],
    ...["-serial", `file:${places.console}`, "-qmp", `unix:${places.qmp},server=on,wait=off`],
    ...["-device", "virtio-serial", "-chardev", `socket,id=agent,path=${places.agent},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0", "-device", "virtio-rng-pci"],
    ...nics.flatMap((_, index) => [
      ...["-netdev", `tap,id=net${index},ifname=${tapName(number, index)},script=no,downscript=no`],
    ]),
    ...plugged.flatMap((device) => ["-device", text(device)]),
  ];
}
