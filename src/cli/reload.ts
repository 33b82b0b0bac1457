import { Command } from "commander";
import { reloadBoot } from "../program/control.ts";
import { checkRoot } from "./preflight.ts";

/** The command `reload`: the boot reads its configuration anew. */
export function reloadCommand(): Command {
  return new Command("reload")
    .description(
      "have the boot that runs read its configuration anew and tell what changed; exit 78 when it is bad and the old one is kept",
    )
    .action(async () => {
      checkRoot();
      process.stdout.write(`${await reloadBoot()}\n`);
    });
}
