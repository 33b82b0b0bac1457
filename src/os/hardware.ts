import { cpus, totalmem, uptime } from "node:os";
import { type Disk, type GridHardware, resourcesOf, serialNumberAmong } from "../policy/grid.ts";
import { readText } from "./files.ts";
import { readBinary, readdir, readlink } from "./sync-fs.ts";

const dmi = "/sys/class/dmi/id";
/** UEFI specification 2.10 section 3.3, as efivarfs has it: four bytes of attributes, and 1 where it is enabled. */
const secureBootFile = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/** Blocks of /sys/block/NAME/size, whatever the disk's own are (sysfs-block of the kernel's documentation). */
const blockBytes = 512;

/**
 * What the machine has, from /proc and /sys; what cannot be read there counts as not there.
 *
 * @param root where those two are, without a slash at its end
 */
export async function readHardware(root = ""): Promise<GridHardware> {
  const names = ["product_serial", "board_serial", "chassis_serial", "product_uuid"];
  const [disks, serials, cpuinfo, secureBoot] = await Promise.all([
    readDisks(`${root}/sys/block`),
    Promise.all(names.map((name) => textOrNull(`${root}${dmi}/${name}`))),
    textOrNull(`${root}/proc/cpuinfo`),
    readBinary(`${root}${secureBootFile}`).catch(() => null),
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
async function readDisks(directory: string): Promise<Disk[]> {
  const disks = await readdir(directory).catch(() => []);
  const read = disks.map(async (name) => {
    const of = (file: string) => textOrNull(`${directory}/${name}/${file}`);
    const [device, removable, size, rotational] = await Promise.all([
      readlink(`${directory}/${name}/device`).catch(() => null),
      ...["removable", "size", "queue/rotational"].map(of),
    ]);
    const bytes = /^\d+$/.test(size ?? "") ? Number(size) * blockBytes : Number.NaN;
    if (device === null || removable === "1" || !Number.isSafeInteger(bytes)) return [];
    return [{ bytes, isRotational: rotational === "1" }];
  });
  return (await Promise.all(read)).flat();
}

async function textOrNull(path: string): Promise<string | null> {
  return (await readText(path).catch(() => null))?.trim() ?? null;
}
