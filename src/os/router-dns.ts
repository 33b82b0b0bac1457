import { dnsServersOf, routerDnsIn } from "../policy/router-options.ts";
import { readNicState } from "./nic-state.ts";
import { type Daemon, start, tied } from "./run.ts";

/** DNS servers that routers advertise on a link, as the kernel hears them; nobody is asked. */
export interface RouterDnsFollower {
  /** What all routers told last; null before any has told. */
  dnsServers: () => string[] | null;
  end: () => Promise<void>;
}

/** What a node remembers of routers; those that come after so many are not heard. */
const mostRouters = 16;

/**
 * Follows what routers advertise of DNS servers on a link of the node (RFC 8106), by what the kernel passes on of each
 * advertisement (rtmon(8), whose output must be no socket).
 *
 * @throws BootError `tool-missing`
 */
export async function followRouterDns(
  link: string,
  { onChange, onEnd }: { onChange: () => void; onEnd: (error: Error) => void },
): Promise<RouterDnsFollower> {
  const told = new Map<string, readonly string[]>();
  let rest: Buffer = Buffer.alloc(0);
  const hear = async (bytes: Buffer) => {
    const all = Buffer.concat([rest, bytes]);
    const found = routerDnsIn(all);
    rest = all.subarray(found.read);
    if (found.told.length === 0) return;
    const index = (await readNicState(link))?.index;
    for (const { ifindex, router, dnsServers } of found.told)
      if (ifindex === index && (told.has(router) || told.size < mostRouters)) told.set(router, dnsServers);
    onChange();
  };
  const daemon: Daemon = await start(tied(["sh", "-c", `${piece("rtmon file /dev/stdout")} | ${piece("cat")}`]), {
    onBytes: (bytes) => void hear(bytes).catch(onEnd),
  });
  void daemon.exited.then(({ stderr }) => onEnd(new Error(`rtmon ended: ${stderr}`)));
  return {
    dnsServers: () => (told.size === 0 ? null : dnsServersOf(told, link)),
    end: () => daemon.end("SIGKILL"),
  };
}

/** A part of the pipe, which ends with the whole. */
function piece(command: string): string {
  return tied(command.split(" ")).join(" ");
}
