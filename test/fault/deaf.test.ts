import { expect, test } from "vitest";
import { layoutNamed } from "../../src/lab/layouts/catalogue.ts";
import { isOnline, logOf, outputOf, startUp, until, withFarm, zosBoot } from "./boot.ts";
import { replaceTool } from "./tools.ts";

const homeDual = layoutNamed("home-dual");
const refusal = "NETLINK_LISTEN_ALL_NSID: Operation not permitted";

test("a node that may no longer listen to the kernel says so, listens ever less often, and mends what it finds", () =>
  withFarm(homeDual, async ({ node }) => {
    await startUp(node);
    await until(node, isOnline);
    await replaceTool(node, "ip", `case "$*" in *monitor*) echo "${refusal}" >&2; exit 1 ;; esac\nexec $real "$@"\n`);
    await outputOf(node, "pkill", "-KILL", "-f", "^ip .*monitor");
    const deaf = await until(
      node,
      ({ detail, failure }) => detail === "online.deaf" && failure?.includes(refusal) === true,
    );
    expect(deaf.state).toBe("online");
    await outputOf(node, "ip", "netns", "exec", "ndmz", "nft", "delete", "table", "inet", "zos-boot");
    const tables = () => outputOf(node, "ip", "netns", "exec", "ndmz", "nft", "list", "tables");
    await expect.poll(tables, { timeout: 20_000 }).toContain("inet zos-boot");
    const refusals = (await logOf(node)).filter(
      ({ err }) => err?.step === "watchNode" || err?.message?.includes(refusal),
    );
    expect(refusals.length).toBeLessThan(10);
  }));

test("status tells what the kernel has, not what a boot that was killed wrote down", () =>
  withFarm(homeDual, async ({ node }) => {
    const up = await startUp(node);
    const { zos } = await until(node, isOnline);
    await up.signal("SIGKILL");
    await up.exited;
    const status = () => outputOf(node, "sh", "-c", `${zosBoot("status").join(" ")} || true`);
    const [address = ""] = zos?.ipv4 ?? [];
    expect(await status()).toContain(address);
    await outputOf(node, "pkill", "-KILL", "-f", "^dhcpcd");
    await outputOf(node, "ip", "-4", "addr", "flush", "dev", "zos");
    expect(await status()).not.toContain(address);
  }));
