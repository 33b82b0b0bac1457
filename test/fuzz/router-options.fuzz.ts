import { nat64PrefixIn } from "../../src/policy/nat64.ts";
import { dnsServersOf, routerDnsOf, userOptionsIn } from "../../src/policy/router-options.ts";
import { type FuzzTarget, must } from "./target.ts";

/** A netlink message with an option of a router advertisement (`struct nduseroptmsg`), and the router's address. */
function message(option: Buffer): Buffer {
  const bytes = Buffer.alloc(32 + option.length + 20);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(68, 4);
  bytes[16] = 10;
  bytes.writeUInt16LE(option.length, 18);
  bytes.writeInt32LE(3, 20);
  bytes[24] = 134;
  option.copy(bytes, 32);
  bytes.writeUInt16LE(20, 32 + option.length);
  bytes.writeUInt16LE(1, 34 + option.length);
  bytes.writeUInt16BE(0xfe80, 36 + option.length);
  return bytes;
}

const rdnss = Buffer.from("1903000000000e1020010db8000100000000000000000001", "hex");
const pref64 = Buffer.from("2602003c0064ff9b0000000000000000", "hex");

/** Options of router advertisements as the kernel passes them on (rtnetlink(7)). */
export const target: FuzzTarget = {
  run: (data) => {
    const { options, read } = userOptionsIn(data);
    must(read <= data.length + 3, "no more is read than there is");
    for (const each of options) {
      const told = routerDnsOf(each);
      const servers = told === null ? [] : dnsServersOf(new Map([[told.router, told.dnsServers]]), "zos");
      must(
        servers.every((server) => /^[0-9a-f:.]+(%zos)?$/.test(server)),
        "DNS servers are addresses",
      );
      const prefix = nat64PrefixIn(each.option);
      must(prefix === null || /^[0-9a-f:.]+\/?\d*$/.test(prefix), "a prefix is one");
    }
  },
  seeds: [message(rdnss), message(pref64), Buffer.concat([message(rdnss), message(pref64)])],
  words: ["\u0019", "&", "\0\0\0\0", "\x44\0", "\x10\0\0\0", "\xff\xff"],
};
