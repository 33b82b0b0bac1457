import type { ServiceState } from "../contract.ts";

/**
 * What zinit 0.2 says of a service: the name of a state of its own, with arguments for some, e.g.
 * `Error(Exited(Pid(4), 1))`. Only the name is looked at, for the arguments differ between versions.
 *
 * @param target `Up` or `Down`: what zinit wants it to be
 */
export function stateOfZinit2(text: string, target: string): ServiceState {
  const [name = ""] = /^\w*/.exec(text) ?? [];
  const isDown = target.toLowerCase() === "down";
  const detail = isDown ? `${text}, target ${target}` : text;
  switch (name) {
    case "Running":
      return { state: "running", detail };
    case "Spawned":
    case "Blocked":
    case "Unknown":
      return { state: isDown ? "ended" : "starting", detail };
    case "Success":
    case "Error":
      return { state: "ended", detail };
    case "TestFailure":
    case "Failure":
      return { state: "failed", detail };
    default:
      return { state: "unknown", detail };
  }
}

/**
 * What zinit 0.3 says of a service.
 *
 * @param error why, where it says so
 */
export function stateOfZinit3(name: string, error: string | undefined): ServiceState {
  const detail = error === undefined ? name : `${name}: ${error}`;
  switch (name) {
    case "running":
      return { state: "running", detail };
    case "starting":
    case "blocked":
      return { state: "starting", detail };
    case "inactive":
    case "stopping":
    case "exited":
      return { state: "ended", detail };
    case "failed":
      return { state: "failed", detail };
    default:
      return { state: "unknown", detail };
  }
}
