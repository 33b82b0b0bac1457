import { cpus, totalmem, uptime } from "node:os";
import { type Disk, type GridHardware, resourcesOf, serialNumberAmong } from "../policy/grid.ts";
import { readText } from "./files.ts";
import { readBinary, readdir, readlink } from "./sync-fs.ts";

const dmi = "/sys/class/dmi/id";
/** UEFI specification 2.10 section 3.3, as efivarfs has it: four bytes of attributes, and 1 where it is enabled. */
const secureBootFile = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/** Blocks of /sys/block/NAME/size, whatever the disk's own are (sysfs-block of the kernel's documentation). */
const blockBytes = 512;

/** What the machine has, from /proc and /sys; what cannot be read there counts as not there. */
export async function readHardware(): Promise<GridHardware> {
  const texts = ["product_serial", "board_serial", "chassis_serial", "product_uuid"].map((name) => `${dmi}/${name}`);
  const [disks, serials, cpuinfo, secureBoot] = await Promise.all([
    readDisks(),
    Promise.all(texts.map(textOrNull)),
    textOrNull("/proc/cpuinfo"),
    readBinary(secureBootFile).catch(() => null),
  ]);
  return {
    resources: resourcesOf(disks, cpus().length, totalmem()),
    secureBoot: secureBoot?.[4] === 1,
    virtualized: /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? ""),
    serialNumber: serialNumberAmong(serials),
  };
}

/** For how long the machine has been up. */
export function readUptimeSeconds(): number {
  return uptime();
}

/** Disks with a device of their own that stay in the machine: no partitions, loops, ramdisks or sticks. */
async function readDisks(): Promise<Disk[]> {
  const disks = await readdir("/sys/block").catch(() => []);
  const read = disks.map(async (name) => {
    const of = (file: string) => textOrNull(`/sys/block/${name}/${file}`);
    const [device, removable, size, rotational] = await Promise.all([
      readlink(`/sys/block/${name}/device`).catch(() => null),
      ...["removable", "size", "queue/rotational"].map(of),
    ]);
    const blocks = Number(size);
    if (device === null || removable === "1" || !Number.isSafeInteger(blocks)) return [];
    return [{ bytes: blocks * blockBytes, isRotational: rotational === "1" }];
  });
  return (await Promise.all(read)).flat();
}

async function textOrNull(path: string): Promise<string | null> {
  return (await readText(path).catch(() => null))?.trim() ?? null;
}
