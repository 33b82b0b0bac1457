import { access, constants, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Argument, Command, Option } from "commander";
import { BootError } from "../errors.ts";
import { readText, writeAtomically } from "../os/files.ts";
import {
  isOurs,
  type Manager,
  plainCommand,
  readinesses,
  type Readiness,
  type ServiceFile,
  serviceFiles,
} from "../policy/service-files.ts";

interface InstallFlags {
  root: string;
  generation?: "0.2" | "0.3";
  ready?: Readiness;
  exec?: string;
}

/** The command `install`: the files by which an init system starts the program. */
export function installCommand(): Command {
  return new Command("install")
    .description("write the files by which a process manager starts the program; changes no service that runs")
    .addArgument(
      new Argument("<manager>", "who starts it, or `vantage`: systemd, a vantage and nothing else").choices([
        "zinit",
        "systemd",
        "vantage",
      ]),
    )
    .option("--root <dir>", "the root of the image to write to", "/")
    .addOption(
      new Option("--generation <version>", "which zinit (default: 0.3 where its folders are, else 0.2)").choices([
        "0.2",
        "0.3",
      ]),
    )
    .addOption(
      new Option("--ready <what>", "what must be there before zinit starts what waits for networkd")
        .choices(readinesses)
        .default("online"),
    )
    .option(
      "--exec <command>",
      "what starts the program there (default: this Node.js and this program, if they are there)",
    )
    .action(install);
}

async function install(name: "zinit" | "systemd" | "vantage", flags: InstallFlags): Promise<void> {
  const self = [process.execPath, await realpath(process.argv[1] ?? "")].join(" ");
  const { manager, files } = await installServices(name, { exec: self, ...flags });
  for (const { path, isChanged } of files) process.stdout.write(`${isChanged ? "written" : "unchanged"}: ${path}\n`);
  if (flags.root === "/") process.stdout.write(`${nextSteps[manager]}\n`);
}

/**
 * Writes the service files of a process manager below a root: all of them, or none when one of that name is somebody else's.
 *
 * @throws BootError `foreign`; `bad-input` for a root or a command that is not there, or a folder that leads out of the root
 */
export async function installServices(
  name: "zinit" | "systemd" | "vantage",
  { root, generation, ready = "online", exec }: Required<Pick<InstallFlags, "root" | "exec">> & InstallFlags,
): Promise<{ manager: Manager; files: Change[] }> {
  const top = await realRoot(root);
  const manager: Manager = name !== "zinit" ? name : `zinit-${generation ?? (await generationIn(top))}`;
  const wanted = serviceFiles(manager, { command: await commandIn(top, exec), ready });
  const files = await Promise.all(wanted.map((file) => changeOf(top, file)));
  for (const { path, text } of files.filter(({ isChanged }) => isChanged)) await writeAtomically(path, text);
  return { manager, files };
}

const nextSteps: Record<Manager, string> = {
  "zinit-0.2": "start them with: zinit monitor internet; zinit monitor networkd",
  "zinit-0.3": "they are started at the next boot, or by: zinit reload",
  systemd: "start it with: systemctl daemon-reload; systemctl enable --now zos-boot",
  vantage: "start it with: systemctl daemon-reload; systemctl enable --now zos-boot-vantage",
};

async function realRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw new BootError("bad-input", `--root ${root} does not exist`, { cause: error });
  }
}

async function generationIn(root: string): Promise<"0.2" | "0.3"> {
  const signs = ["etc/zinit/services", "etc/zinit/system", "usr/bin/zinit-server", "usr/bin/zinit-pid1"];
  const found = await Promise.all(signs.map((sign) => exists(join(root, sign))));
  return found.includes(true) ? "0.3" : "0.2";
}

/** The command line that starts the program in the image, once it is known to be one and to be there. */
async function commandIn(root: string, text: string): Promise<string> {
  const command = plainCommand(text);
  if (command === null) {
    throw new BootError(
      "bad-input",
      `--exec ${JSON.stringify(text)} is not a command line of plain words that begins with an absolute path`,
    );
  }
  for (const path of command.split(" ").filter((word) => word.startsWith("/"))) {
    if (!(await exists(join(root, path)))) {
      throw new BootError(
        "bad-input",
        `${path} does not exist below ${root}: say by --exec what starts the program there`,
      );
    }
  }
  return command;
}

/** A service file, and whether it differs from what is there. */
interface Change extends ServiceFile {
  isChanged: boolean;
}

/** What must be done for a file to be there; nothing is written when any of them is somebody else's. */
async function changeOf(root: string, { path, text }: ServiceFile): Promise<Change> {
  const full = join(root, path);
  const folder = await realpathOfExisting(dirname(full));
  if (root !== "/" && !`${folder}/`.startsWith(`${root}/`))
    throw new BootError("bad-input", `${dirname(full)} leads out of ${root}, to ${folder}`);
  const found = await readText(full);
  if (found !== null && !isOurs(found)) {
    throw new BootError("foreign", `${full} was not written by zos-boot and stays as it is: remove it first`);
  }
  return { path: full, text, isChanged: found !== text };
}

/** Where a folder really is, or the nearest one above it that exists: a symbolic link of an image may name the machine's own. */
async function realpathOfExisting(folder: string): Promise<string> {
  return realpath(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && folder !== "/")
      return realpathOfExisting(dirname(folder));
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
