import { Command } from "commander";
import { tearDown } from "../../effects/tear-down.ts";
import { stopBoot } from "../program/control.ts";
import { exitCode } from "../errors.ts";
import { openSupervisor } from "../supervisor/open.ts";
import { checkNode } from "./preflight.ts";

/** The command `down`: everything is taken away again. */
export function downCommand(): Command {
  return new Command("down").description("stop a boot that runs and take away everything that it created").action(down);
}

async function down(): Promise<void> {
  await checkNode();
  await stopBoot();
  const supervisor = await openSupervisor("auto");
  const { removed, failures } = await tearDown(supervisor)({}, { signal: new AbortController().signal });
  process.stdout.write(
    removed.length === 0 ? "nothing was left to take away\n" : `taken away: ${removed.join(", ")}\n`,
  );
  if (failures.length === 0) return;
  process.stderr.write(failures.map((failure) => `could not be put back: ${failure}\n`).join(""));
  process.exitCode = exitCode.tempFail;
}
