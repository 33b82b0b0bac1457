import { BootError } from "../../errors.ts";
import { cableScenarios } from "./cables.ts";
import { nodeScenarios } from "./node-changes.ts";
import { offerScenarios } from "./offers.ts";
import { routerScenarios } from "./routers.ts";
import type { Scenario } from "./scenario.ts";
import { serviceScenarios } from "./services.ts";
import { surroundingScenarios } from "./surroundings.ts";
import { zinitScenarios } from "./zinit.ts";

/** All scenarios. */
export const scenarios: readonly Scenario[] = [
  ...cableScenarios,
  ...routerScenarios,
  ...offerScenarios,
  ...nodeScenarios,
  ...serviceScenarios,
  ...zinitScenarios,
  ...surroundingScenarios,
];

/**
 * The scenario with this name.
 *
 * @throws BootError `bad-input` that names those there are
 */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const known = scenarios.map((scenario) => scenario.name).join(", ");
  throw new BootError("bad-input", `there is no scenario ${JSON.stringify(name)}; there are ${known}`);
}
