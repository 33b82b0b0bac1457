import { expect, test } from "vitest";
import { inNamespace } from "../../src/lab/farm/namespaces.ts";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { run } from "../../src/os/run.ts";
import { isOnline, outputOf, startUp, until, withFarm } from "./boot.ts";

const nics = ["eth0", "eth1", "eth2"].map((name) => ({ name, segment: "home", hasCarrier: true }));

/** Whom the router finds at an address, whom it asks again and again: of several answers the first one counts. */
async function answeringFor(address: string): Promise<string[]> {
  const script = `for i in 1 2 3 4 5 6; do
    ip neigh del ${address} dev lan 2>/dev/null
    nc -z -w 1 ${address} 9
    ip neigh show ${address} dev lan
  done`;
  const { stdout } = await run(inNamespace("router-home", ["sh", "-c", script]), {
    signal: AbortSignal.timeout(30_000),
  });
  return [...new Set([...stdout.matchAll(/lladdr (\S+)/g)].map(([, mac = ""]) => mac))];
}

test("the network is told one MAC address for each of the node's, though other NICs are in it", () =>
  withFarm({ ...layoutNamed("ha-pair"), nics }, async ({ node }) => {
    await startUp(node);
    const { zos, ndmz } = await until(
      node,
      (status) => isOnline(status) && status.ndmz?.npub4.ipv4.length === 1 && status.zos?.ipv4.length === 1,
    );
    const macOf = async (...link: string[]) =>
      /link\/ether (\S+)/.exec(await outputOf(node, "ip", ...link))?.[1] ?? "none";
    const bare = ([address = ""]: string[] = []) => address.split("/")[0] ?? "";
    expect(await answeringFor(bare(zos?.ipv4))).toEqual([await macOf("link", "show", "zos")]);
    expect(await answeringFor(bare(ndmz?.npub4.ipv4))).toEqual([await macOf("-n", "ndmz", "link", "show", "npub4")]);
  }));
