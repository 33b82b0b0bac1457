import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readHardware } from "../../../src/os/hardware.ts";

const place = mkdtempSync(join(tmpdir(), "zos-boot-hardware-"));
afterAll(() => {
  rmSync(place, { recursive: true });
});

let machines = 0;

/** The root directory of a machine with these files; disks named have a device. */
function machineWith(files: Record<string, string | Buffer>, disks: readonly string[] = []): string {
  machines += 1;
  const root = join(place, String(machines));
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  for (const disk of disks) symlinkSync("../../devices/pci", join(root, "sys/block", disk, "device"));
  return root;
}

const disk = (
  name: string,
  { size, rotational = "0", removable = "0" }: Record<"size", string> & Record<string, string>,
) => ({
  [`sys/block/${name}/size`]: `${size}\n`,
  [`sys/block/${name}/removable`]: `${removable}\n`,
  [`sys/block/${name}/queue/rotational`]: `${rotational}\n`,
});
const secureBootFile = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

test("disks that stay in the machine count by kind, others and those without a device do not", async () => {
  const root = machineWith(
    {
      ...disk("nvme0n1", { size: "1000215216" }),
      ...disk("sda", { size: "7814037168", rotational: "1" }),
      ...disk("sdb", { size: "7814037168", rotational: "1" }),
      ...disk("sdc", { size: "60062500", removable: "1" }),
      ...disk("loop0", { size: "8" }),
    },
    ["nvme0n1", "sda", "sdb", "sdc"],
  );
  const { resources } = await readHardware(root);
  expect(resources).toEqual({
    ...{ sru: 1_000_215_216 * 512, hru: 2 * 7_814_037_168 * 512 },
    ...{ cru: cpus().length, mru: totalmem() },
  });
});

test("a serial number that a vendor ships in every board is passed over", async () => {
  const root = machineWith({
    "sys/class/dmi/id/product_serial": "To be filled by O.E.M.\n",
    "sys/class/dmi/id/board_serial": "PF3X9K2L\n",
  });
  expect((await readHardware(root)).serialNumber).toBe("PF3X9K2L");
});

test("firmware and processor tell of secure boot and of a hypervisor", async () => {
  const root = machineWith({
    [secureBootFile]: Buffer.from([6, 0, 0, 0, 1]),
    "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n",
  });
  expect(await readHardware(root)).toMatchObject({ secureBoot: true, virtualized: true });
  const bare = machineWith({
    [secureBootFile]: Buffer.from([6, 0, 0, 0, 0]),
    "proc/cpuinfo": "flags\t\t: fpu vme\n",
  });
  expect(await readHardware(bare)).toMatchObject({ secureBoot: false, virtualized: false });
});

test("a machine that tells nothing has no disks and an unknown serial number", async () => {
  expect(await readHardware(machineWith({}))).toMatchObject({
    ...{ resources: { sru: 0, hru: 0 }, secureBoot: false, virtualized: false, serialNumber: "unknown" },
  });
});

test("whatever stands there, sizes are whole and not negative, and the serial number is short and printable", async () => {
  const garbage = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "-8", "1e9", "0x10", "Infinity", " 7 ", "99999999999999999999"),
  );
  await fc.assert(
    fc.asyncProperty(garbage, garbage, garbage, async (size, kind, serial) => {
      const files = { ...disk("sda", { size, rotational: kind }), "sys/class/dmi/id/product_serial": serial };
      const { resources, serialNumber } = await readHardware(
        machineWith({ ...files, "proc/cpuinfo": kind, [secureBootFile]: serial }, ["sda"]),
      );
      for (const bytes of [resources.sru, resources.hru])
        expect(Number.isSafeInteger(bytes) && bytes >= 0, String(bytes)).toBe(true);
      expect(serialNumber).toMatch(/^[ -~]{1,160}$/);
    }),
    { numRuns: 100 },
  );
});
