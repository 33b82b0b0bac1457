import { watchedEvents } from "../src/os/dhcp-client.ts";
import { follow, monitorFiles } from "../src/os/monitor.ts";
import { followRouterDns } from "../src/os/router-dns.ts";
import { names } from "../src/policy/names.ts";
import type { Watches } from "../src/ports.ts";
import { ensureResolver, resolverFile } from "./ensure-resolver.ts";

/**
 * Keeps resolv.conf in step with the lease of zos and with what its routers advertise: looks whenever the DHCP client or a
 * router tells something, and when somebody else writes the file; emits the DNS servers when they are others. Costs no command.
 *
 * @throws BootError `bad-output` when the client tells what nobody understands, `tool-missing`
 */
export const keepResolver: Watches["keepResolver"] = async (input, control) => {
  const monitor = monitorFiles([watchedEvents(names.uplinkClient), resolverFile]);
  const following = followRouterDns(names.bridge, { onChange: monitor.nudge, onEnd: monitor.fail });
  try {
    const routers = await following;
    await follow(
      monitor,
      () => ensureResolver({ ...input, advertisedDns: routers.dnsServers() ?? input.advertisedDns }, control),
      control,
    );
  } finally {
    await monitor.end();
    await following.then(
      (routers) => routers.end(),
      () => undefined,
    );
  }
};
