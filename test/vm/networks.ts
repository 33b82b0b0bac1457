import type { Segment } from "../../src/lab/layout.ts";
import { homeDual, managementIpv4, router } from "../../src/lab/layouts/parts.ts";
import type { VmNic } from "./qemu.ts";

/** A network for management: its gateway answers and leads nowhere. */
const oob: Segment = { name: "oob", router: router(managementIpv4, null, { isDeadEnd: true }) };

export { homeDual };
export const threeNetworks: Segment[] = [homeDual, oob];

/** Dead, out of band, good; of two models. */
export const threeNics: VmNic[] = [
  { segment: null, model: "e1000", hasCarrier: false },
  { segment: "oob", model: "virtio-net-pci" },
  { segment: "home", model: "e1000" },
];
export const goodNic = "ens18";
