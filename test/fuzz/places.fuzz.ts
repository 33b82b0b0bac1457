import { parseAddress } from "../../src/inspect/page/server/hosts.ts";
import { parseTarget } from "../../src/policy/target.ts";
import { parseVantage } from "../../src/policy/vantage.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

/** Targets, vantages and addresses to listen at, as people write them. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    const found = mayRefuse(() => parseTarget(text));
    must(found === null || (found.port > 0 && found.port < 65_536), "a port is one");
    must(found === null || !/[\s/]/.test(found.host), "a host is one");
    mayRefuse(() => parseVantage(text));
    mayRefuse(() => parseAddress(text));
  },
  seeds: ["https://hub.grid.tf", "http://[2001:db8::1]:80/x#204", "hub.grid.tf:443", "[::]:7333", "127.0.0.1:0"],
  words: ["https://", "http://", "[", "]", ":", "/", "#", "::1", "%eth0", "65536", "1e3", "@", "?"],
};
