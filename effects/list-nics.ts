import type { Effects } from "../src/contract.ts";
import { readDriver } from "../src/os/driver.ts";
import { readLinks } from "../src/os/ip.ts";
import { byName } from "../src/policy/selection.ts";
import { isOurLink, isUsableLinkName } from "../src/policy/names.ts";

/**
 * The node's Ethernet NICs in natural name order, without those that are a port of something already.
 *
 * @throws BootError `bad-output`
 */
export const listNics: Effects["listNics"] = async ({ kinds }, { signal }) => {
  const links = await readLinks({ namespace: null, signal });
  const nics = links
    .filter((link) => link.link_type === "ether" && link.master === undefined)
    .filter((link) => !isOurLink(link.ifname) && isUsableLinkName(link.ifname))
    .filter((link) => kinds.includes(link.linkinfo?.info_kind ?? "physical"))
    .toSorted((a, b) => byName(a.ifname, b.ifname));
  return Promise.all(
    nics.map(async ({ ifname, address, mtu }) => ({
      name: ifname,
      mac: address ?? "",
      mtuBytes: mtu,
      driver: await readDriver(ifname),
    })),
  );
};
