import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leaseOf, parseEvent } from "../../src/policy/lease.ts";
import { resolverText } from "../../src/policy/resolver.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

const fixture = (name: string) =>
  readFileSync(join(process.cwd(), "test/unit/policy/fixtures", name), "utf8").replaceAll("\n", "\0");

/** Events of DHCP clients, as their scripts keep them. */
export const target: FuzzTarget = {
  run: (data) => {
    const lease = mayRefuse(() => leaseOf(parseEvent(data.toString())));
    if (lease === null) return;
    const lines = resolverText(lease).split("\n");
    must(
      lines.every((line) => /^(#.*|search [\w. -]+|nameserver [\d.]+|options [\w: ]+|)$/.test(line)),
      "resolv.conf has nothing but its own words",
    );
    must(
      lease.gateways.every((gateway) => /^[\d.]+$/.test(gateway)),
      "gateways are addresses",
    );
    must(lease.mtuBytes === null || lease.mtuBytes >= 1_280, "an MTU is one of IPv6");
    must(
      lease.warnings.every((warning) => !/[\n\0]/.test(warning)),
      "a warning is one line",
    );
  },
  seeds: [fixture("dhcpcd-9.4.1-bound.env"), fixture("udhcpc-1.35.0-bound.env")],
  words: [
    ...["\0", "=", " ", "reason=BOUND", "reason=bound", "new_ip_address=", "new_subnet_cidr=", "new_routers=", "dns="],
    ...["new_classless_static_routes=", "new_domain_search=", "new_interface_mtu=", "0.0.0.0/0", "255.255.255.255"],
    ...["__proto__=", "constructor=", "staticroutes=", "mask=", "search=", "bad", "\n", "\ud800"],
  ],
};
