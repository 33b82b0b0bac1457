import type { RouterPlan } from "../layouts/topology.ts";
import { changeOffer } from "./router.ts";

/** Changes in a farm that are still to come. */
export interface Changes {
  cancel: () => void;
}

/** From now on each router changes its offer when its time has come, as the layout says. */
export function beginChanges(routers: readonly RouterPlan[], onError: (error: unknown) => void): Changes {
  const timers = routers.flatMap((plan) => {
    const { later } = plan.router;
    return later === undefined
      ? []
      : [setTimeout(() => void changeOffer(plan, later.offer).catch(onError), later.afterMs)];
  });
  return {
    cancel: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
