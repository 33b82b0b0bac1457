import type { AddressFacts, NodeFacts } from "../src/contract.ts";
import type { Supervisor, Watches } from "../src/ports.ts";
import { commandIn, namespacesDir } from "../src/os/ip.ts";
import { follow, type KernelObject, monitorKernel } from "../src/os/monitor.ts";
import { keepAsking, type Neighbour } from "../src/os/neighbour.ts";
import type { Setting } from "../src/policy/amiss.ts";
import { names } from "../src/policy/names.ts";
import { inspectNode } from "./inspect-node.ts";

/**
 * Emits what of the node is in its place: at once, and again whenever the kernel or the supervisor reports a change that makes
 * a difference. The kernel is made to ask the gateways, so that it reports one that falls silent.
 *
 * @throws BootError when it cannot be read or the kernel is no longer heard
 */
export const watchNode =
  (supervisor: Supervisor): Watches["watchNode"] =>
  async (input, control) => {
    const objects: KernelObject[] = ["link", "address", "route", "silence", "parameter", "rule"];
    const monitor = await monitorKernel(
      [
        { namespace: null, objects },
        { namespace: names.ndmz, objects },
      ],
      {
        commands: [null, names.ndmz].map((namespace) => commandIn(namespace, "nft", "monitor")),
        // A namespace that somebody uses outlives its name, of which the kernel tells nothing.
        files: [{ directory: namespacesDir, file: names.ndmz }],
      },
    );
    const unwatch = supervisor.watch([names.uplinkClient, names.ndmzClient], monitor.nudge);
    const heed = createHeeder(input, control.signal);
    try {
      await follow(
        monitor,
        async () => {
          const facts = await inspectNode(supervisor)(input, control);
          await heed(facts);
          return facts;
        },
        control,
      );
    } finally {
      unwatch();
    }
  };

/** Has the gateways asked, again whenever there are others; a kernel that cannot tells of those that traffic goes to. */
function createHeeder({ exit }: Setting, signal: AbortSignal): (facts: NodeFacts) => Promise<void> {
  const places = [
    {
      namespace: null,
      heeded: "",
      gatewaysIn: ({ zos }: NodeFacts) => gatewaysOn(names.bridge, zos),
    },
    {
      namespace: names.ndmz,
      heeded: "",
      gatewaysIn: ({ npub4, npub6 }: NodeFacts) => [
        ...(exit.npub4Parent === names.bridge ? [] : gatewaysOn(names.npub4, npub4)),
        ...(exit.npub6Parent === names.bridge ? [] : gatewaysOn(names.npub6, npub6)),
      ],
    },
  ];
  return async (facts) => {
    for (const place of places) {
      const gateways = place.gatewaysIn(facts);
      const text = JSON.stringify(gateways);
      if (text === place.heeded) continue;
      place.heeded = text;
      await keepAsking({ namespace: place.namespace, signal }, gateways).catch(() => undefined);
    }
  };
}

function gatewaysOn(link: string, { gateways4, gateways6 }: AddressFacts): Neighbour[] {
  return [...gateways4, ...gateways6].map((address) => ({ link, address }));
}
