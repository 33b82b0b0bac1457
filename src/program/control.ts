import { chmod, mkdir } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BootError } from "../errors.ts";
import { remove } from "../os/files.ts";
import { names } from "../policy/names.ts";

/** The socket of the boot that runs on this node: its only lock, which the kernel frees however the process ends. */
const socketPath = join(names.runDir, "control.sock");

/**
 * Claims the node for this process and listens for the request to stop.
 *
 * @throws BootError `busy` when a boot runs already
 */
export async function claimNode(onStop: () => void): Promise<Server> {
  await mkdir(names.runDir, { recursive: true, mode: 0o700 });
  await checkIdle();
  await remove(socketPath);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.unref(); // Who asked waits for the end of this process, which does not wait for them.
    socket.once("data", (data) => {
      if (data.toString().trim() === "stop") onStop();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return server;
}

/** As claimNode, but gives null when a boot runs already. */
export async function claimFreeNode(onStop: () => void): Promise<Server | null> {
  try {
    return await claimNode(onStop);
  } catch (error) {
    if (error instanceof BootError && error.code === "busy") return null;
    throw error;
  }
}

/**
 * Makes sure that nobody boots this node already.
 *
 * @throws BootError `busy`
 */
export async function checkIdle(): Promise<void> {
  if (await isBootRunning()) throw new BootError("busy", "zos-boot runs on this node already: see zos-boot status");
}

/** Whether a boot runs on this node. */
export async function isBootRunning(): Promise<boolean> {
  const socket = await findBoot();
  socket?.destroy();
  return socket !== null;
}

/** Asks the boot that runs on this node to stop and waits until its process lets go; returns at once when none runs. */
export async function stopBoot(): Promise<void> {
  const socket = await findBoot();
  if (socket === null) return;
  const closed = new Promise<void>((resolve) =>
    socket.once("close", () => {
      resolve();
    }),
  );
  socket.resume();
  socket.write("stop\n");
  await closed;
}

/** A connection to the boot that runs on this node, which ends when that does; null when none runs. */
export function findBoot(): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      resolve(socket);
    });
    socket.on("error", () => {
      resolve(null);
    });
  });
}
