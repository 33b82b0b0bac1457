import { Command } from "commander";
import { attachResource, detachResource } from "../../effects/attach-resource.ts";
import { checkNode } from "./preflight.ts";

/** The command `attach`: a network resource reaches the Internet through ndmz. */
export function attachCommand(): Command {
  return new Command("attach")
    .description("attach a network resource to ndmz: it reaches the Internet over IPv4 and IPv6, nothing reaches it")
    .argument("<namespace>", "a namespace of ip-netns(8)")
    .option("--json", "print the addresses as JSON")
    .action(attach);
}

/** The command `detach`, which undoes `attach`. */
export function detachCommand(): Command {
  return new Command("detach")
    .description("detach a network resource from ndmz; the namespace stays")
    .argument("<namespace>", "a namespace of ip-netns(8)")
    .action(detach);
}

async function attach(namespace: string, { json = false }: { json?: boolean }): Promise<void> {
  await checkNode();
  const attachment = await attachResource({ namespace }, { signal: new AbortController().signal });
  const { iface, addresses } = attachment;
  process.stdout.write(
    json ? `${JSON.stringify(attachment)}\n` : `${namespace}: ${addresses.join(" and ")} on ${iface}\n`,
  );
}

async function detach(namespace: string): Promise<void> {
  await checkNode();
  const { wasAttached } = await detachResource({ namespace }, { signal: new AbortController().signal });
  process.stdout.write(wasAttached ? `${namespace}: detached\n` : `${namespace}: was not attached\n`);
}
