import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { BootError } from "../../errors.ts";
import { createManager, monitorAll } from "./manager.ts";
import { protocols } from "./protocols.ts";

const usual = { socket: "/var/run/zinit.sock", directory: "/etc/zinit" };

/**
 * Is a zinit 0.2 until it is told to end, with one of the two protocols that versions of it speak; says `ready` on stdout.
 * It is stricter than zinit: unknown keys of a definition are errors too.
 *
 * @throws BootError `bad-input` for an unknown protocol
 */
export async function runZinit(
  protocol: string,
  {
    socket = usual.socket,
    directory = usual.directory,
  }: { socket?: string | undefined; directory?: string | undefined } = {},
): Promise<void> {
  if (!Object.hasOwn(protocols, protocol)) throw new BootError("bad-input", `zinit speaks no ${protocol}`);
  const speak = protocols[protocol as keyof typeof protocols];
  await mkdir(directory, { recursive: true });
  await rm(socket, { force: true });
  const manager = createManager(directory);
  await monitorAll(manager, directory);
  const server = createServer((connection) => {
    connection.on("error", () => connection.destroy());
    speak(manager, connection);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  process.once("SIGTERM", () => {
    void manager.shutdown().then(() => process.exit());
  });
  process.stdout.write("ready\n");
}
