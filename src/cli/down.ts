import { Command } from "commander";
import { tearDown } from "../../effects/tear-down.ts";
import { stopBoot } from "../control.ts";
import { openSupervisor } from "../supervisor/open.ts";
import { checkNode } from "./preflight.ts";

export function downCommand(): Command {
  return new Command("down").description("stop a boot that runs and take away everything that it created").action(down);
}

async function down(): Promise<void> {
  await checkNode();
  await stopBoot();
  const supervisor = await openSupervisor("auto");
  const { removed } = await tearDown(supervisor)({}, { signal: new AbortController().signal });
  process.stdout.write(
    removed.length === 0 ? "nothing was left to take away\n" : `taken away: ${removed.join(", ")}\n`,
  );
}
