import { parse } from "yaml";
import { BootError, messageOf } from "../errors.ts";
import type { Source } from "./sources.ts";

/**
 * The text of a configuration file.
 *
 * @throws BootError `bad-config` when it is no YAML
 */
export function fileSource(text: string, path: string): Source {
  try {
    return {
      place: path,
      values: parse(text, { logLevel: "error" }) ?? {},
      nameOf: (key) => key,
      originOf: () => path,
    };
  } catch (error) {
    throw new BootError("bad-config", `${path} is no YAML: ${messageOf(error).split("\n")[0] ?? ""}`, { cause: error });
  }
}
