import { run } from "../../os/run.ts";
import type { RouterPlan } from "../layouts/topology.ts";
import { agentArgv } from "./agent-command.ts";
import { selfSigned } from "./certificates.ts";
import { inNamespace } from "./namespaces.ts";
import { type Program, startProgram } from "./program.ts";
import { portalPorts } from "./web-agents.ts";

/**
 * Has a router answer in place of all web servers, and let nothing else through but what is asked of itself, where its layout
 * says so. The portal opens when the table `inet portal` is deleted.
 */
export async function startPortal({ namespace, router }: RouterPlan, bundle: string): Promise<Program | null> {
  const { portal } = router;
  if (portal === undefined) return null;
  const files = portal.hasTls ? await selfSigned(portal.name) : null;
  const argv = agentArgv(bundle, "portal", portal.name, ...(files === null ? [] : [files.certificate, files.key]));
  const program = await startProgram(inNamespace(namespace, argv), { isAnnounced: true });
  await run(inNamespace(namespace, ["nft", "-f", "-"]), { input: rules });
  return program;
}

const rules = `
table inet portal {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    iifname "lan" tcp dport 80 redirect to :${portalPorts.http};
    iifname "lan" tcp dport 443 redirect to :${portalPorts.https};
  }
  chain forward {
    type filter hook forward priority filter - 1; policy accept;
    iifname "lan" drop;
  }
}
`;
