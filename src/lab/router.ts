import { writeFile } from "node:fs/promises";
import { run } from "../os/run.ts";
import type { Ipv4Network, Ipv6Network, Router } from "./layout.ts";
import { inNamespace, ipBatch, setSysctls } from "./network.ts";
import { labDir } from "./sandbox.ts";
import { internet, type RouterPlan } from "./topology.ts";

/** Addresses, routes, forwarding, NAT44 and firewall. */
export async function configureRouter(plan: RouterPlan): Promise<void> {
  const { namespace, wan4, wan6, router } = plan;
  await ipBatch(namespace, [
    `addr add ${wan4}/24 dev wan`,
    `addr add ${wan6}/64 dev wan nodad`,
    ...(router.ipv4 === null ? [] : [`addr add ${router.ipv4.address} dev lan`]),
    ...(router.ipv6 === null ? [] : [`addr add ${firstAddress(router.ipv6)} dev lan nodad`]),
    ...["lo", "wan", "lan"].map((link) => `link set ${link} up`),
    `route add 0.0.0.0/0 via ${internet.wan4}`,
    `route add ::/0 via ${internet.wan6}`,
  ]);
  await Promise.all([
    setSysctls(namespace, ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]),
    run(inNamespace(namespace, ["nft", "-f", "-"]), { input: rulesOf(router) }),
  ]);
}

function firstAddress({ prefix }: Ipv6Network): string {
  return prefix.replace("::/", "::1/");
}

function rulesOf({ ipv4, ipv6 }: Router): string {
  const nat44 = `
table ip lab-nat {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "wan" masquerade;
  }
}`;
  const firewall = `
table ip6 lab-filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept;
    iifname "lan" accept;
  }
}`;
  return `${ipv4?.isNated === true ? nat44 : ""}${ipv6?.isOutboundOnly === true ? firewall : ""}\n`;
}

/** Starts DHCP, router advertisements and DNS; resolves when they answer. */
export async function startServices({ namespace, router }: RouterPlan): Promise<void> {
  const path = `${labDir}/${namespace}.conf`;
  const lines = [
    ...["user=root", "pid-file=", "no-hosts", "no-resolv", "interface=lan", "except-interface=lo"],
    `server=${internet.dns4}`,
    ...["log-dhcp", "log-queries=extra", `log-facility=${labDir}/${namespace}.log`],
    ...(router.ipv4 === null ? [] : dhcpLines(router.ipv4, `${labDir}/${namespace}.leases`)),
    ...(router.ipv6 === null ? [] : ["enable-ra", "dhcp-range=::,constructor:lan,ra-only"]),
    ...router.dnsmasq,
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  await run(inNamespace(namespace, ["dnsmasq", `--conf-file=${path}`]));
}

/** Without `no-ping` the first offer takes 3 s; a server that is not authoritative leaves a stale lease's owner waiting. */
function dhcpLines({ pool, leaseSeconds, gateways }: Ipv4Network, leaseFile: string): string[] {
  return [
    ...["no-ping", "dhcp-authoritative", `dhcp-leasefile=${leaseFile}`],
    `dhcp-range=${pool.join(",")},${leaseSeconds}s`,
    ["dhcp-option=option:router", ...gateways].join(","),
  ];
}
