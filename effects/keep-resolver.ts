import { watchedEvents } from "../src/os/dhcp-client.ts";
import { follow, monitorFile } from "../src/os/monitor.ts";
import { names } from "../src/policy/names.ts";
import type { Watches } from "../src/ports.ts";
import { ensureResolver } from "./ensure-resolver.ts";

/**
 * Keeps resolv.conf in step with the lease of zos: looks whenever its client tells of the lease, and emits the DNS servers when
 * they are others. Costs no process.
 *
 * @throws BootError `bad-output` when the client tells what nobody understands
 */
export const keepResolver: Watches["keepResolver"] = (input, control) =>
  follow(monitorFile(watchedEvents(names.uplinkClient)), () => ensureResolver(input, control), control);
