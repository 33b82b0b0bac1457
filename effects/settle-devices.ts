import type { Effects } from "../src/ports.ts";
import { settleUdev } from "../src/os/udev.ts";

/** NICs that are there have their drivers and their final names. */
export const settleDevices: Effects["settleDevices"] = async (_, { signal }) => {
  await settleUdev(signal);
  return {};
};
