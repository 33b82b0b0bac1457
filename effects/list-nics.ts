import type { Effects } from "../src/ports.ts";
import { readDriver } from "../src/os/nic-driver.ts";
import { readLinks } from "../src/os/ip.ts";
import { isWifi } from "../src/os/nic-state.ts";
import { kindOf, partLinks } from "../src/policy/links.ts";

/**
 * The node's Ethernet NICs in natural name order, without those that are a port of something already; and its other links,
 * each with why it is not one of them.
 *
 * @throws BootError `bad-output`
 */
export const listNics: Effects["listNics"] = async ({ kinds }, { signal }) => {
  const links = await readLinks({ namespace: null, signal });
  const known = await Promise.all(
    links.map(async (link) => ({ ...link, isWifi: kindOf(link) === "physical" && (await isWifi(link.ifname)) })),
  );
  const { nics, otherLinks } = partLinks(known, kinds);
  const withDrivers = nics.map(async ({ ifname, address, mtu }) => ({
    name: ifname,
    mac: address ?? "",
    mtuBytes: mtu,
    driver: await readDriver(ifname),
  }));
  return { nics: await Promise.all(withDrivers), otherLinks };
};
