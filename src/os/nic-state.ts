import { readText } from "./files.ts";

/** What sysfs tells of a NIC of the node itself, without a process (sysfs-class-net of the kernel's documentation). */
export interface NicState {
  /** The kernel's number for the link. */
  index: number;
  isUp: boolean;
  hasCarrier: boolean;
  mtuBytes: number;
}

const upFlag = 0x1; // IFF_UP, netdevice(7)

/** The state of a NIC, or null when it is not there. */
export async function readNicState(nic: string): Promise<NicState | null> {
  const [index, flags, mtu, carrier] = await Promise.all([
    readText(`/sys/class/net/${nic}/ifindex`),
    readText(`/sys/class/net/${nic}/flags`),
    readText(`/sys/class/net/${nic}/mtu`),
    readText(`/sys/class/net/${nic}/carrier`).catch(() => "0"), // Not to be read while the NIC is switched off.
  ]);
  if (index === null || flags === null || mtu === null) return null;
  return {
    index: Number(index),
    isUp: (Number(flags) & upFlag) !== 0,
    hasCarrier: carrier?.trim() === "1",
    mtuBytes: Number(mtu),
  };
}

/** Whether a NIC is a wireless one, as its driver says (cfg80211 sets DEVTYPE=wlan). */
export async function isWifi(nic: string): Promise<boolean> {
  const uevent = await readText(`/sys/class/net/${nic}/uevent`);
  return uevent?.split("\n").includes("DEVTYPE=wlan") ?? false;
}
