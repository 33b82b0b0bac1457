import { basename } from "node:path";
import { readlink } from "./sync-fs.ts";

/** The kernel driver of a NIC (sysfs-class-net of the kernel's documentation); null for a link without a device. */
export async function readDriver(nic: string): Promise<string | null> {
  const driver = await readlink(`/sys/class/net/${nic}/device/driver`).catch(() => null);
  return driver === null ? null : basename(driver);
}

/** The bus that a NIC is on, such as `pci`, `virtio` or `usb`; null for a link without a device. */
export async function readBus(nic: string): Promise<string | null> {
  const bus = await readlink(`/sys/class/net/${nic}/device/subsystem`).catch(() => null);
  return bus === null ? null : basename(bus);
}
