import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  addressesSchema,
  addressFactsOf,
  linksSchema,
  parseJson,
  routesSchema,
  routingRulesIn,
} from "../../src/os/ip.ts";
import { hasIpv6 } from "../../src/policy/losses.ts";
import { hasSeveralProviders, leaderOf, providersText, routersKnown } from "../../src/policy/sourced-routes.ts";
import { type FuzzTarget, mayRefuse } from "./target.ts";

const links = readFileSync(join(process.cwd(), "test/unit/policy/fixtures/ip-link-iproute2-6.1.json"), "utf8");
const addresses = `[{"ifname":"zos","addr_info":[{"family":"inet6","local":"2001:db8:1::2","prefixlen":64,"scope":"global"}]}]`;
const routes = `[{"dst":"default","gateway":"fe80::1","dev":"zos","protocol":"155","from":"2001:db8:1::/64","prefsrc":"2001:db8:1::2","pref":"medium"}]`;
const rules = `[{"priority":100,"src":"all","table":"main","fwmark":"0x1"}]`;

/** What `ip -j` prints. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    mayRefuse(() => parseJson(linksSchema, text, "ip"));
    mayRefuse(() => routingRulesIn(text));
    const found = mayRefuse(() => parseJson(addressesSchema, text, "ip"));
    const ways = mayRefuse(() => parseJson(routesSchema, text, "ip"));
    if (found === null || ways === null) return;
    mayRefuse(() => {
      const facts = addressFactsOf(found, ways);
      return [
        hasIpv6(facts),
        hasSeveralProviders(facts),
        providersText(facts),
        leaderOf(ways),
        routersKnown(ways, facts),
      ];
    });
  },
  seeds: [links.slice(0, 2_000), addresses, routes, rules, "", "[]"],
  words: [
    ...[
      '"gateway":',
      '"dst":"default"',
      '"addr_info":[',
      '"local":',
      '"prefixlen":',
      '"scope":"global"',
      "[",
      "]",
      "{",
    ],
    ...["}", ",", '"', "null", "true", '"nexthops":[', '"inet6"', '"__proto__":', "-1", "1e400", '"from":', '"::/0"'],
  ],
};
