import { writeFile } from "node:fs/promises";
import { run } from "../../os/run.ts";
import { vantagePort } from "../../policy/vantage.ts";
import type { Layout } from "../layouts/layout.ts";
import { agentArgv } from "./agent-command.ts";
import type { CertificateFiles } from "./certificates.ts";
import { inNamespace, ipBatch } from "./namespaces.ts";
import { type Program, startProgram } from "./program.ts";
import { labDir } from "./sandbox.ts";
import { registrarHost } from "./web-agents.ts";
import { internet, lanRoutes, type RouterPlan } from "../layouts/topology.ts";

/** The hosts that a booting node asks for; both families lead to the HTTP server, to the registrar by addresses of its own. */
export const gridHosts = ["bootstrap.grid.tf", "hub.grid.tf", registrarHost];

/** The name of a vantage, where there is one. */
export const vantageHost = "vantage.grid.tf";

/** Addresses, and the routes back to those networks that are not behind NAT44. */
export async function connectInternet(routers: readonly RouterPlan[]): Promise<void> {
  const { http4, http6, registrar4, registrar6, dns4, dns6, wan4, wan6 } = internet;
  await ipBatch(internet.namespace, [
    "link set lo up",
    ...[http4, registrar4, dns4].map((address) => `addr add ${address}/32 dev lo`),
    ...[http6, registrar6, dns6].map((address) => `addr add ${address}/128 dev lo nodad`),
    "link add wan type bridge mcast_snooping 0",
    `addr add ${wan4}/24 dev wan`,
    `addr add ${wan6}/64 dev wan nodad`,
    "link set wan up",
    ...routers.map(({ port }) => `link set ${port} master wan up`),
    ...routers.flatMap(lanRoutes),
  ]);
}

/** Starts DNS; resolves when it answers. */
export async function startDns(): Promise<void> {
  const path = `${labDir}/internet-dns.conf`;
  const lines = [
    ...["user=root", "pid-file=", "no-hosts", "no-resolv", "bind-interfaces"],
    `listen-address=${internet.dns4},${internet.dns6}`,
    `log-facility=${labDir}/internet-dns.log`,
    "local=/#/",
    ...[...gridHosts, vantageHost].flatMap((host) => addressesOf(host).map((address) => `address=/${host}/${address}`)),
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  await run(inNamespace(internet.namespace, ["dnsmasq", `--conf-file=${path}`]));
}

function addressesOf(host: string): string[] {
  const { http4, http6, registrar4, registrar6 } = internet;
  return host === registrarHost ? [registrar4, registrar6] : [http4, http6];
}

/** Starts the HTTP server, which tells each client the address that it sees, and the registrar; resolves when it listens. */
export async function startHttp(
  bundle: string,
  { certificate, key }: CertificateFiles,
  registrar: Layout["registrar"],
): Promise<Program> {
  const argv = agentArgv(bundle, "serve", certificate, key, registrar ?? "good");
  return startProgram(inNamespace(internet.namespace, argv), { isAnnounced: true });
}

/** Starts a vantage; resolves when it listens. */
export async function startVantage(bundle: string): Promise<Program> {
  const argv = [process.execPath, bundle, "vantage", "--listen", `[::]:${vantagePort}`];
  return startProgram(inNamespace(internet.namespace, argv), { isAnnounced: true });
}

/** The port of the echo server. */
export const echoPort = 7_000;

/** Starts the server that flows are with; resolves when it listens. */
export async function startEcho(bundle: string): Promise<Program> {
  const argv = agentArgv(bundle, "echo", String(echoPort), internet.http4, internet.http6);
  return startProgram(inNamespace(internet.namespace, argv), { isAnnounced: true });
}
