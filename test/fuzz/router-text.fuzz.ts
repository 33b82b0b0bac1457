import { advertisedDnsServers } from "../../src/policy/lease.ts";
import { advertisementsIn, sourcedRouters } from "../../src/policy/sourced-routes.ts";
import { type FuzzTarget, must } from "./target.ts";

const said = `Soliciting ff02::2 (ff02::2) on zos...

Hop limit                 :           64 (      0x40)
Router lifetime           :         1800 (0x00000708) seconds
 Prefix                   : 2001:db8:1::/64
  On-link                 :          Yes
  Valid time              :        86400 (0x00015180) seconds
 Recursive DNS server     : 2001:db8:1::1
 Recursive DNS server     : fe80::1
  DNS server lifetime     :         3600 (0x00000e10) seconds
 from fe80::1
`;

/** What rdisc6 (ndisc6 1.0.5) prints of router advertisements. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    const servers = advertisedDnsServers(text, "zos");
    must(
      servers.every((server) => /^[0-9a-f:.]+(%\w+)?$/i.test(server)),
      "DNS servers are addresses",
    );
    const addresses = { ipv4: [], ipv6: ["2001:db8:1::5/64"], gateways4: [], gateways6: ["fe80::1"] };
    const routers = sourcedRouters(advertisementsIn(text), addresses);
    must(
      routers.every(({ source }) => source === "2001:db8:1::5"),
      "a source is an address that there is",
    );
  },
  seeds: [said, said + said.replaceAll("fe80::1", "fe80::2")],
  words: [
    " Prefix : ",
    " from fe80::1\n",
    " Recursive DNS server : ",
    "::/0",
    "/129",
    "::1",
    "ff02::1",
    "::ffff:1.2.3.4",
    "\n",
    "%zos",
  ],
};
