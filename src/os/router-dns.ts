import { dnsServersOf, routerDnsOf, type UserOption, userOptionsIn } from "../policy/router-options.ts";
import { mostRouters } from "../policy/sourced-routes.ts";
import { commandIn } from "./ip.ts";
import { readNicState } from "./nic-state.ts";
import { type Daemon, start, tied } from "./run.ts";

/** DNS servers that routers advertise on a link, as the kernel hears them; nobody is asked. */
export interface RouterDnsFollower {
  /** What all routers told last; null before any has told. */
  dnsServers: () => string[] | null;
  end: () => Promise<void>;
}

/**
 * Follows what routers advertise of DNS servers on a link of the node (RFC 8106).
 *
 * @throws BootError `tool-missing`
 */
export async function followRouterDns(
  link: string,
  { onChange, onEnd }: { onChange: () => void; onEnd: (error: Error) => void },
): Promise<RouterDnsFollower> {
  const told = new Map<string, readonly string[]>();
  const hear = async (options: readonly UserOption[]) => {
    const index = (await readNicState(link))?.index;
    for (const { ifindex, router, dnsServers } of options.flatMap((each) => routerDnsOf(each) ?? []))
      if (ifindex === index && (told.has(router) || told.size < mostRouters)) told.set(router, dnsServers);
    onChange();
  };
  const { end } = await followUserOptions(null, {
    onOptions: (options) => void hear(options).catch(onEnd),
    onEnd,
  });
  return { dnsServers: () => (told.size === 0 ? null : dnsServersOf(told, link)), end };
}

/**
 * Follows options of router advertisements, by what the kernel of a namespace passes on of each (rtmon(8), whose output must
 * be no socket).
 *
 * @returns also when it is listened to, which rtmon shows by what it writes first
 * @throws BootError `tool-missing`
 */
export async function followUserOptions(
  namespace: string | null,
  { onOptions, onEnd }: { onOptions: (options: readonly UserOption[]) => void; onEnd: (error: Error) => void },
): Promise<{ begun: Promise<void>; end: () => Promise<void> }> {
  let rest: Buffer = Buffer.alloc(0);
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const hear = (bytes: Buffer) => {
    begin();
    const all = Buffer.concat([rest, bytes]);
    const found = userOptionsIn(all);
    rest = all.subarray(found.read);
    if (found.options.length > 0) onOptions(found.options);
  };
  const pipe = ["sh", "-c", `${piece("rtmon file /dev/stdout")} | ${piece("cat")}`];
  const daemon: Daemon = await start(tied(commandIn(namespace, ...pipe)), { onBytes: hear });
  void daemon.exited.then(({ stderr }) => {
    begin();
    onEnd(new Error(`rtmon ended: ${stderr}`));
  });
  return { begun, end: () => daemon.end("SIGKILL") };
}

/** A part of the pipe, which ends with the whole. */
function piece(command: string): string {
  return tied(command.split(" ")).join(" ");
}
