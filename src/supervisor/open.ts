import type { InspectionEvent } from "xstate";
import type { NodeSettings } from "../config/load.ts";
import type { ClientPlace } from "../contract.ts";
import type { Supervisor } from "../ports.ts";
import { BootError } from "../errors.ts";
import { findZinit, type ZinitPlaces, zinitPlaces } from "./detect.ts";
import { createEmbeddedSupervisor, type OwnedSupervisor } from "./embedded.ts";
import { ownServices } from "./own-services.ts";

/** Who is told of the embedded supervisor's machines, and where zinit is looked for. */
export interface SupervisorOptions {
  inspect?: (event: InspectionEvent) => void;
  places?: ZinitPlaces;
}

/**
 * The supervisor that the configuration asks for, or that the node has. When zinit is left aside on purpose, services that
 * it had from this program are taken from it: a client is in one hand only.
 *
 * @throws BootError `unavailable` when zinit is asked for and none answers; `timeout`, `bad-output`, `unsupported` for one
 *   that does not answer as it should
 */
export async function openSupervisor(
  choice: NodeSettings["supervisor"],
  { inspect, places = zinitPlaces(process.env) }: SupervisorOptions = {},
): Promise<OwnedSupervisor> {
  const zinit = await findZinit(places);
  if (choice !== "embedded" && zinit !== null) return { ...zinit, close: () => Promise.resolve() };
  if (choice === "zinit")
    throw new BootError("unavailable", `supervisor is zinit, but none listens on ${places.sockets.join(" or ")}`);
  if (zinit !== null) await Promise.all(ownServices.map((place) => takeFrom(zinit, place)));
  return createEmbeddedSupervisor(inspect);
}

async function takeFrom(zinit: Supervisor, place: ClientPlace): Promise<void> {
  if ((await zinit.state(place.service)).state !== "absent") await zinit.remove(place);
}
