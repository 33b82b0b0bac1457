import { existsSync, readFileSync, realpathSync } from "node:fs";
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { labDir } from "../../src/lab/farm/sandbox.ts";
import { run } from "../../src/os/run.ts";

/** Debian's releases whose kernels the machine can have; all else on it is of the first. */
export type Kernel = "bookworm" | "trixie";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
export const bundle = join(dist, "zos-boot.mjs");

/** Where the program is in the guest. */
export const guestBundle = "/usr/lib/zos-boot/zos-boot.mjs";
/** Node.js is where it is on this machine. */
export const guestNode = realpathSync(process.execPath);

/** What scripts/vm-image.sh made last. */
const image = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "zos-boot/vm/current");
export const baseDisk = () => realpathSync(join(image, "disk.img"));
export const kernelFile = (kernel: Kernel, name: string) => join(realpathSync(image), "kernels", kernel, name);

/** Why this kernel is not there, or null when it is. */
export function whyNoKernel(kernel: Kernel): string | null {
  if (existsSync(kernelFile(kernel, "vmlinuz"))) return null;
  return readFileSync(`${realpathSync(image)}/kernels/${kernel}.why-not`, "utf8").trim();
}

/** What a machine's disk gets beside the image: the program, installed by itself as a unit, and files of a case. */
export interface Layer {
  /** Whether systemd starts the program at boot; else it is only there. */
  isEnabled: boolean;
  /** Text of files by path. */
  files: Record<string, string>;
  /** Programs of this machine, by their path there. */
  programs: Record<string, string>;
}

/** Node.js is mapped and then read here and there: with more at a time it starts in a fifth of the time under emulation. */
const fastDisk = {
  "/etc/udev/rules.d/60-zos-vm.rules": 'ACTION!="remove", KERNEL=="vda", ATTR{queue/read_ahead_kb}="8192"\n',
};

/** Makes the disk that the machine copies over its own at each start. */
export async function makeLayer(name: string, { isEnabled, files, programs }: Layer): Promise<string> {
  const root = `${labDir}/layers/${name}`;
  const put = async (path: string, write: (full: string) => Promise<unknown>) => {
    await mkdir(dirname(root + path), { recursive: true });
    await write(root + path);
  };
  await Promise.all(
    ["zos-boot.mjs", "program.cjs", "dhcp-event", "udhcpc-event"].map((file) =>
      put(join(dirname(guestBundle), file), (full) => copyFile(join(dist, file), full)),
    ),
  );
  await put(guestNode, (full) => writeFile(full, "")); // Stands for the image's own while `install` looks for it.
  await run([
    ...[process.execPath, bundle, "install", "systemd", "--root", root],
    ...["--exec", `${guestNode} ${guestBundle}`],
  ]);
  await rm(root + guestNode);
  await put("/usr/local/sbin/zos-boot", (full) =>
    writeFile(full, `#!/bin/sh\nexec ${guestNode} ${guestBundle} "$@"\n`, { mode: 0o755 }),
  );
  if (isEnabled) {
    const unit = "/etc/systemd/system/zos-boot.service";
    await put("/etc/systemd/system/multi-user.target.wants/zos-boot.service", (full) => symlink(unit, full));
  }
  for (const [path, text] of Object.entries({ ...fastDisk, ...files })) {
    await put(path, (full) => writeFile(full, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 }));
  }
  for (const [path, source] of Object.entries(programs)) await put(path, (full) => copyFile(source, full));
  const disk = `${root}.img`;
  await run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, disk, "512M"]);
  await rm(root, { recursive: true });
  return disk;
}
