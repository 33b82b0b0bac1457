import type { Segment } from "../../src/lab/layouts/layout.ts";
import { homeDual, homeIpv4, homeIpv6, managementIpv4, router } from "../../src/lab/layouts/parts.ts";
import type { VmNic } from "./qemu.ts";

/** A network for management: its gateway answers and leads nowhere. */
const oob: Segment = { name: "oob", router: router(managementIpv4, null, { isDeadEnd: true }) };

export const threeNetworks: Segment[] = [homeDual, oob];

/** Dead, out of band, good; of two models. */
export const threeNics: VmNic[] = [
  { segment: null, model: "e1000", hasCarrier: false },
  { segment: "oob", model: "virtio-net-pci" },
  { segment: "home", model: "e1000" },
];

/** A home whose leases are renewed every 3 s (DHCP option 58), so that a client that does shows soon. */
export const renewingHome: Segment = {
  name: "home",
  router: router(homeIpv4, homeIpv6, { dnsmasq: ["dhcp-option-force=option:T1,3s"] }),
};

/** Another home, with other addresses. */
export const secondHome: Segment = {
  name: "second",
  router: router(
    { ...homeIpv4, address: "192.168.7.1/24", pool: ["192.168.7.100", "192.168.7.199"], gateways: ["192.168.7.1"] },
    { ...homeIpv6, prefix: "2001:db8:7::/64" },
  ),
};
