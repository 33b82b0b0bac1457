import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createEffects } from "../../effects/index.ts";
import { runLeaseClient } from "../../effects/run-lease-client.ts";
import type { Becomes, DhcpProgram } from "../../src/contract.ts";
import { isClientOf, lastEvent, prepareEvents } from "../../src/os/dhcp-client.ts";
import { isInstalled } from "../../src/os/tools.ts";
import { readText } from "../../src/os/files.ts";
import { run, start } from "../../src/os/run.ts";
import { leaseOf } from "../../src/policy/lease.ts";
import { names, probeNamespace } from "../../src/policy/names.ts";
import { type DhcpServer, type Offer, startDhcpServer } from "./dhcp-server.ts";
import { control, idle, mac, plugIn, unplug, uplink } from "./node.ts";

const clientId = `ff:00:00:01:00:00:03:00:01:${mac}`;
const who = { clientId, hostname: "node" };
const renewal = { dhcpcd: "SIGHUP", udhcpc: "SIGUSR1" } as const;

process.env["PATH"] += ":/usr/sbin:/sbin";
const programs: DhcpProgram[] = ["dhcpcd", "udhcpc"];
const installed = new Map(
  await Promise.all(programs.map(async (program) => [program, await isInstalled(program)] as const)),
);

const everything: Offer = {
  options: [
    "dhcp-option=option:router,10.9.0.1,10.9.0.2",
    "dhcp-option=option:dns-server,10.9.0.1,9.9.9.9",
    "dhcp-option=option:domain-name,farm.example",
    "dhcp-option=option:domain-search,a.example,b.example",
    "dhcp-option=option:mtu,1400",
  ],
};
const classless: Offer = {
  options: [
    "dhcp-option=option:router,10.9.0.66",
    "dhcp-option=121,10.0.0.0/8,10.9.0.254,0.0.0.0/0,10.9.0.1,192.168.77.7/32,0.0.0.0",
  ],
};
const marker = "/run/zos-lab/evaluated";
const hostile: Offer = {
  options: [
    `dhcp-option=option:domain-name,"x;touch ${marker};$(touch ${marker})"`,
    `dhcp-option-force=12,"\`touch ${marker}\`"`,
    `dhcp-option-force=option:root-path,"'; touch ${marker}; '"`,
    `dhcp-option-force=17,"$(touch ${marker})|&<>*"`,
    "dhcp-option=26,-1",
    "dhcp-option=option:router,10.9.0.1,127.0.0.1,224.0.0.1,169.254.0.1",
    "dhcp-option=option:dns-server,127.0.0.53,9.9.9.9",
  ],
};

let server: DhcpServer;
beforeEach(async () => {
  await plugIn("eth0", mac);
  server = await startDhcpServer(everything);
});
afterEach(async () => {
  await server.end();
  await unplug();
});

/** Whatever names routes have at one client and not at the other: `onlink` changes nothing for a gateway on the link. */
async function routesOf(namespace: string | null, link: string): Promise<string[]> {
  const place = namespace === null ? [] : ["-n", namespace];
  const { stdout } = await run(["ip", ...place, "-4", "route", "show", "dev", link]);
  const lines = stdout.split("\n").map((line) =>
    line
      .replace(/ metric \d+/, "")
      .replace(" onlink", "")
      .trim(),
  );
  return lines.filter((line) => line !== "").toSorted();
}

async function addressesOf(namespace: string | null, link: string): Promise<string[]> {
  const place = namespace === null ? [] : ["-n", namespace];
  const { stdout } = await run(["ip", ...place, "-4", "-br", "addr", "show", "dev", link]);
  return stdout.trim().split(/\s+/).slice(2);
}

const cases = programs.map((program) => {
  const isMissing = installed.get(program) !== true;
  return { program, isMissing, title: isMissing ? `${program} (skipped: not installed)` : program };
});

describe.each(cases)("$title", ({ program, isMissing }) => {
  const it = test.skipIf(isMissing);
  const effects = createEffects(idle, { dhcpClient: program });
  const namespace = probeNamespace("eth0");

  const probe = async () => {
    await effects.awaitCarrier({ nic: "eth0" }, control);
    await effects.isolateNic({ nic: "eth0", isolation: "passthru" }, control);
    return (await effects.requestLease({ nic: "eth0", ...who }, control)).lease;
  };
  const release = (becomes: Becomes) => effects.releaseNic({ nic: "eth0", becomes }, control);

  /** Keeps a lease on zos, as a supervisor does, until the test ends or ends it. */
  const keep = async () => {
    const abort = new AbortController();
    const client = { program, service: names.uplinkClient, iface: names.bridge, namespace: null, ...who };
    const ended = runLeaseClient(client, abort);
    const end = async () => {
      abort.abort();
      await ended.catch(() => undefined);
    };
    onTestFinished(end);
    await expect.poll(leaseOnZos, { timeout: 20_000 }).not.toBeNull();
    return { end, ended };
  };
  const leaseOnZos = async () => {
    const event = await lastEvent(names.uplinkClient);
    return event && leaseOf(event);
  };
  const putOnZos = async () => {
    await effects.awaitCarrier({ nic: "eth0" }, control);
    await effects.ensureBridge({ uplink }, control);
    return keep();
  };
  const pidsOnZos = async () => {
    const { stdout } = await run(["ps", "-e", "-o", "pid=,args="]);
    const lines = stdout.split("\n").map((line) => line.trim());
    const isClient = (line: string) => isClientOf(names.bridge, line.slice(line.indexOf(" ") + 1));
    return lines.filter(isClient).map((line) => Number(line.split(" ")[0]));
  };
  /** All at once, as the kernel would when memory is short: a client of several processes has no time to tidy up. */
  /** Its helpers may end with the first of them. */
  const killOnZos = async () =>
    run(["sh", "-c", 'kill -KILL "$@" || true', "kill", ...(await pidsOnZos()).map(String)]);
  const renew = async () => {
    for (const pid of await pidsOnZos()) process.kill(pid, renewal[program]);
  };

  it("gets in a probe what the server offers, and gives the NIC address and routes there", async () => {
    const resolver = await readText("/etc/resolv.conf");
    const lease = await probe();
    expect(lease).toEqual({
      address: expect.stringMatching(/^10\.9\.0\.1\d\d$/) as string,
      prefixLength: 24,
      gateways: ["10.9.0.1", "10.9.0.2"],
      server: "10.9.0.1",
      dnsServers: ["10.9.0.1", "9.9.9.9"],
      searchList: ["a.example", "b.example"],
      mtuBytes: 1_400,
      leaseSeconds: 3_600,
      warnings: [],
    });
    expect(await addressesOf(namespace, "eth0")).toEqual([`${lease.address}/24`]);
    expect(await routesOf(namespace, "eth0")).toEqual([
      `10.9.0.0/24 proto dhcp scope link src ${lease.address} mtu 1400`,
      `default via 10.9.0.1 proto dhcp src ${lease.address} mtu 1400`,
    ]);
    expect(await readText("/etc/resolv.conf")).toBe(resolver);
    expect(await server.leases()).toEqual({ [lease.address]: clientId });
  });

  it("takes classless routes alone where they came (RFC 3442)", async () => {
    await server.replace(classless);
    const { address, gateways } = await probe();
    expect(gateways).toEqual(["10.9.0.1"]);
    const src = `src ${address}`;
    expect(await routesOf(namespace, "eth0")).toEqual([
      `10.0.0.0/8 via 10.9.0.254 proto dhcp ${src}`,
      `10.9.0.0/24 proto dhcp scope link ${src}`,
      `192.168.77.7 proto dhcp scope link ${src}`,
      `default via 10.9.0.1 proto dhcp ${src}`,
    ]);
  });

  it("gives a probe's lease back when the NIC is released, and keeps it when zos shall have it", async () => {
    const { address } = await probe();
    await release("uplink");
    expect(await server.leases()).toEqual({ [address]: clientId });
    expect((await probe()).address).toBe(address);
    await release("ready");
    await expect.poll(server.leases, { timeout: 10_000 }).toEqual({});
  });

  it("gets on zos the lease that the probe had", async () => {
    const { address } = await probe();
    await release("uplink");
    await putOnZos();
    expect(await addressesOf(null, names.bridge)).toEqual([`${address}/24`]);
    expect(await server.leases()).toEqual({ [address]: clientId });
  });

  it("takes over what the server says when it renews its lease, and never gives up the address meanwhile", async () => {
    await putOnZos();
    const [address = ""] = await addressesOf(null, names.bridge);
    const deletions: string[] = [];
    const monitor = await start(["ip", "-4", "monitor", "address", "dev", names.bridge], {
      onLine: (line) => (line.startsWith("Deleted") ? deletions.push(line) : undefined),
    });
    onTestFinished(() => monitor.end());
    await server.replace({ options: ["dhcp-option=option:router,10.9.0.2", "dhcp-option=option:dns-server,9.9.9.10"] });
    await renew();
    await expect.poll(async () => (await leaseOnZos())?.dnsServers, { timeout: 20_000 }).toEqual(["9.9.9.10"]);
    expect(await addressesOf(null, names.bridge)).toEqual([address]);
    expect(await routesOf(null, names.bridge)).toEqual([
      `10.9.0.0/24 proto dhcp scope link src ${address.split("/")[0]}`,
      `default via 10.9.0.2 proto dhcp src ${address.split("/")[0]}`,
    ]);
    expect(deletions).toEqual([]);
  });

  it("keeps address and routes when it is killed, and a new one takes the same lease over", async () => {
    const { ended, end } = await putOnZos();
    const before = [await addressesOf(null, names.bridge), await routesOf(null, names.bridge)];
    const deletions: string[] = [];
    const monitor = await start(["ip", "-4", "monitor", "address", "route"], {
      onLine: (line) => (line.startsWith("Deleted") ? deletions.push(line) : undefined),
    });
    onTestFinished(() => monitor.end());
    await killOnZos();
    await ended;
    await end();
    expect([await addressesOf(null, names.bridge), await routesOf(null, names.bridge)]).toEqual(before);
    await keep();
    expect([await addressesOf(null, names.bridge), await routesOf(null, names.bridge)]).toEqual(before);
    expect(deletions).toEqual([]);
    expect(Object.values(await server.leases())).toEqual([clientId]);
  });

  it("changes to another network's address when the server takes back the old one", async () => {
    await putOnZos();
    await server.replace({ network: "10.8.0", options: ["dhcp-option=option:router,10.8.0.1"] });
    await renew();
    const isNew = (address: string | undefined) => address?.startsWith("10.8.0.1") === true;
    await expect.poll(async () => isNew((await leaseOnZos())?.address), { timeout: 40_000 }).toBe(true);
    const addresses = await addressesOf(null, names.bridge);
    expect(addresses).toEqual([expect.stringMatching(/^10\.8\.0\.1\d\d\/24$/)]);
    const src = `src ${addresses[0]?.split("/")[0]}`;
    expect(await routesOf(null, names.bridge)).toEqual([
      `10.8.0.0/24 proto dhcp scope link ${src}`,
      `default via 10.8.0.1 proto dhcp ${src}`,
    ]);
  });

  it("takes no harm from a hostile server: what makes no sense is left out, and nothing is evaluated", async () => {
    await server.replace(hostile);
    const lease = await probe();
    expect(Object.values((await lastEvent(namespace)) ?? {}).join(" ")).toContain(`touch ${marker}`);
    expect(lease).toMatchObject({ gateways: ["10.9.0.1"], dnsServers: ["9.9.9.9"], searchList: [] });
    expect(await addressesOf(namespace, "eth0")).toEqual([`${lease.address}/24`]);
    await release("uplink");
    await putOnZos();
    expect(await routesOf(null, names.bridge)).toEqual([
      `10.9.0.0/24 proto dhcp scope link src ${lease.address} mtu 65520`,
      `default via 10.9.0.1 proto dhcp src ${lease.address} mtu 65520`,
    ]);
    expect(existsSync(marker)).toBe(false);
  });
});

/** Events as no udhcpc sends them: what the script must not rely on udhcpc to have checked. */
describe("the script that gives an interface what udhcpc got", () => {
  const script = fileURLToPath(new URL("../../src/os/udhcpc-event", import.meta.url));
  const good = { interface: "eth0", ip: "10.9.0.7", mask: "24", lease: "3600", router: "10.9.0.1" };

  const tell = async (event: string, variables: Record<string, string>) => {
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const fixed = [`PATH=${process.env["PATH"] ?? ""}`, "zos_boot_events=/run/zos-boot/dhcp/script"];
    const { stderr } = await run(["env", "-i", ...fixed, ...assignments, script, event]);
    return stderr.split("\n").filter((line) => line !== "");
  };

  beforeEach(async () => {
    prepareEvents("script");
    await run(["ip", "link", "set", "dev", "eth0", "up"]);
  });

  test.each([
    ["address", { ip: "10.9.0.7; touch /run/zos-lab/evaluated" }],
    ["address", { ip: "$(touch /run/zos-lab/evaluated)" }],
    ["address", { ip: "-help" }],
    ["address", { ip: "127.0.0.1" }],
    ["address", { ip: "" }],
    ["address", { mask: "33" }],
    ["address", { mask: "24 dev lo" }],
    ["address", { mask: "a[$(touch /run/zos-lab/evaluated)]" }],
    ["MTU", { mtu: "-1" }],
    ["MTU", { mtu: "68" }],
    ["MTU", { mtu: "1400 lock" }],
    ["MTU", { mtu: "99999999999999999999" }],
    ["route", { router: "`touch /run/zos-lab/evaluated`" }],
    ["route", { router: "10.9.0.1/../../etc" }],
    ["route", { router: "*" }],
    ["route", { staticroutes: "10.0.0.0/8;reboot 10.9.0.1" }],
    ["route", { staticroutes: "--help 10.9.0.1" }],
    ["route", { staticroutes: "0.0.0.0/0 0.0.0.0" }],
  ])("leaves out an %s that is none, says so and keeps the event: %j", async (part, odd) => {
    const said = await tell("bound", { ...good, ...odd });
    expect(said).toContain(`zos-boot: ${part} of the lease on eth0 ignored`);
    expect(said.filter((line) => !line.startsWith("zos-boot: "))).toEqual([]);
    expect(await addressesOf(null, "eth0")).toEqual(part === "address" ? [] : ["10.9.0.7/24"]);
    expect(await lastEvent("script")).toMatchObject({ reason: "bound", ...odd });
    expect(existsSync(marker)).toBe(false);
  });

  test.each([
    ["24", ["10.9.0.0/24 proto dhcp scope link src 10.9.0.7", "default via 172.16.0.1 proto dhcp src 10.9.0.7"]],
    ["32", ["default via 169.254.0.1 proto dhcp src 10.9.0.7"]],
  ])("takes the first router that can be one, and any on the link, with a prefix of %s bits", async (mask, routes) => {
    await tell("bound", { ...good, mask, router: "127.0.0.1 169.254.0.1 172.16.0.1 10.9.0.1" });
    expect(await routesOf(null, "eth0")).toEqual(routes);
  });

  test.each(["4294967295", "60", ""])(
    "gives the address a lifetime that udhcpc outlives, for a lease of %j s",
    async (lease) => {
      await tell("bound", { ...good, lease });
      const { stdout } = await run(["ip", "-4", "addr", "show", "dev", "eth0"]);
      const seconds = Number(/ dynamic .*\s+valid_lft (\d+)sec/.exec(stdout)?.[1]);
      expect(seconds).toBeGreaterThanOrEqual(120);
    },
  );

  test("does nothing but keep what it has at events that tell of no lease", async () => {
    await tell("bound", good);
    const before = [await addressesOf(null, "eth0"), await routesOf(null, "eth0"), await lastEvent("script")];
    for (const event of ["leasefail", "nak", "something"]) await tell(event, { interface: "eth0" });
    expect([await addressesOf(null, "eth0"), await routesOf(null, "eth0"), await lastEvent("script")]).toEqual(before);
  });

  test("takes address and routes away when the client that had the lease has lost it, and not when another starts", async () => {
    await tell("bound", good);
    await run([
      "env",
      "zos_boot_events=/run/zos-boot/dhcp/script",
      "interface=eth0",
      "sh",
      "-c",
      `${script} deconfig; :`,
    ]);
    expect(await addressesOf(null, "eth0")).toEqual(["10.9.0.7/24"]);
    await tell("deconfig", { interface: "eth0" });
    expect(await addressesOf(null, "eth0")).toEqual([]);
    expect(await routesOf(null, "eth0")).toEqual([]);
    expect((await lastEvent("script"))?.["reason"]).toBe("deconfig");
  });
});
