import type { Effects } from "../src/ports.ts";
import { BootError } from "../src/errors.ts";
import { ownerOf } from "../src/os/address-owner.ts";

/**
 * Finds out whether another host of a link's network has an address, which the link may have by now. A kernel that cannot
 * ask without claiming the address asks nobody.
 *
 * @throws BootError `namespace-gone`, `link-gone`, `aborted`, `tool-missing`, `bad-input`
 */
export const findOwner: Effects["findOwner"] = async ({ namespace, link, address }, { signal }) => {
  const owner = await ownerOf({ namespace, signal }, { link, address }).catch((error: unknown) => {
    if (error instanceof BootError && error.code === "command-failed") return null;
    throw error;
  });
  return { owner };
};
