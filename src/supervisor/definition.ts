import { parse, stringify } from "yaml";
import type { LeaseClient } from "../contract.ts";
import { clientCommand } from "../os/dhcp-client.ts";
import { checkedService } from "../policy/names.ts";
import { quoteWords } from "../policy/shell-words.ts";

/** What a process manager must run. */
export interface ServiceDefinition {
  name: string;
  argv: readonly string[];
  env: Record<string, string>;
}

/** Set in the environment of the services that this program defines, so that it knows them again whoever wrote the file. */
const mark = "zos_boot_service";
/** A process manager that the kernel started may have none. */
const path = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/** The service that keeps a DHCP client alive. */
export function definitionOf(client: LeaseClient): ServiceDefinition {
  const name = checkedService(client.service);
  return { name, argv: clientCommand(client), env: { LC_ALL: "C", PATH: path, [mark]: name } };
}

/** Whether a service with this environment is one of this program's. */
export function isOurs(service: string, env: unknown): boolean {
  return typeof env === "object" && env !== null && (env as Record<string, unknown>)[mark] === service;
}

/** A service as zinit 0.2 reads it from /etc/zinit/NAME.yaml; zinit starts it again 2 s after it ended. */
export function yamlOf({ argv, env }: ServiceDefinition): string {
  const service = { exec: quoteWords(argv), log: "ring", signal: { stop: "SIGTERM" }, shutdown_timeout: 10, env };
  return `# Written by zos-boot, which replaces it when it must change.\n${stringify(service, { lineWidth: 0 })}`;
}

/** Whether a file of /etc/zinit is one of this program's. */
export function isOurYaml(service: string, text: string): boolean {
  try {
    return isOurs(service, (parse(text, { logLevel: "error" }) as { env?: unknown } | null)?.env);
  } catch {
    return false;
  }
}
