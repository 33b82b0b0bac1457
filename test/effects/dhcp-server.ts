import { readFile, rm, writeFile } from "node:fs/promises";
import { run, start } from "../../src/os/run.ts";

const folder = "/run/zos-lab";
const leaseFile = `${folder}/peer.leases`;

export interface DhcpServer {
  /** Who holds what address: client identifiers by address. */
  leases: () => Promise<Record<string, string>>;
  /** The same server with other options, or other addresses. */
  replace: (offer: Offer) => Promise<void>;
  end: () => Promise<void>;
}

export interface Offer {
  /** The first three bytes of its network, a /24 of which it is `.1` and gives out `.100` to `.199`. */
  network?: string;
  /** Lines of dnsmasq's configuration. */
  options?: readonly string[];
}

/** A DHCP server at the far end of the NIC's cable. */
export async function startDhcpServer(offer: Offer = {}): Promise<DhcpServer> {
  await rm(leaseFile, { force: true });
  let daemon = await serve(offer);
  return {
    leases: async () => {
      const text = await readFile(leaseFile, "utf8").catch(() => "");
      const lines = text.split("\n").filter((line) => line !== "");
      return Object.fromEntries(lines.map((line) => line.split(" ")).map(([, , ip = "", , id = ""]) => [ip, id]));
    },
    replace: async (next) => {
      await daemon.end();
      daemon = await serve(next);
    },
    end: () => daemon.end(),
  };
}

async function serve({ network = "10.9.0", options = [] }: Offer) {
  const inside = ["ip", "netns", "exec", "peer"];
  await run(["ip", "-n", "peer", "addr", "flush", "dev", "port", "scope", "global"]);
  await run(["ip", "-n", "peer", "addr", "add", `${network}.1/24`, "dev", "port"]);
  const lines = [
    ...["interface=port", "except-interface=lo", "no-hosts", "no-resolv", "no-ping", "dhcp-authoritative", "port=0"],
    ...["user=root", "pid-file=", `dhcp-leasefile=${leaseFile}`, `dhcp-range=${network}.100,${network}.199,1h`],
    ...options,
  ];
  await writeFile(`${folder}/peer.conf`, `${lines.join("\n")}\n`);
  const daemon = await start([...inside, "dnsmasq", "--keep-in-foreground", `--conf-file=${folder}/peer.conf`]);
  await listening();
  return daemon;
}

/** A server that is not there yet would cost a client its first try, and a test the wait for the second. */
async function listening(): Promise<void> {
  for (const deadline = performance.now() + 5_000; performance.now() < deadline;) {
    const { stdout } = await run(["ip", "netns", "exec", "peer", "cat", "/proc/net/udp"]);
    if (stdout.includes(":0043 ")) return;
  }
  throw new Error("dnsmasq does not listen");
}
