import { chmod, mkdir } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BootError, type ErrorCode, messageOf } from "../errors.ts";
import { remove } from "../os/files.ts";
import { names } from "../policy/names.ts";
import { isOrphaned } from "./orphan.ts";

/** The socket of the boot that runs on this node: its only lock, which the kernel frees however the process ends. */
const socketPath = join(names.runDir, "control.sock");

/** What a boot does when another process asks for it. */
export interface Requests {
  stop: () => void;
  /** Reads the configuration anew and gives what came of it, for people; without it that cannot be asked for. */
  reload?: () => Promise<string>;
}

/** What a boot answers, as one line of JSON; `code` is null when it did as it was asked. */
interface Answer {
  code: ErrorCode | null;
  message: string;
}

/** Reading the configuration takes a moment; a boot that does not answer is of a version that does not know the request. */
const answerMs = 10_000;

/**
 * Claims the node for this process and listens for requests.
 *
 * @throws BootError `busy` when a boot runs already
 */
export async function claimNode(requests: Requests): Promise<Server> {
  await mkdir(names.runDir, { recursive: true });
  await chmod(names.runDir, 0o700);
  await checkIdle();
  await remove(socketPath);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.unref(); // Who asked waits for the end of this process, which does not wait for them.
    socket.once("data", (data) => {
      const request = data.toString().trim();
      if (request === "stop") requests.stop();
      if (request === "yield" && isOrphaned()) requests.stop();
      else if (request === "yield") socket.end("no\n");
      if (request === "reload") void answerTo(requests).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return server;
}

async function answerTo({ reload }: Requests): Promise<Answer> {
  if (reload === undefined) return { code: "busy", message: "what is at work on this node is no boot" };
  try {
    return { code: null, message: await reload() };
  } catch (error) {
    return { code: error instanceof BootError ? error.code : "bad-output", message: messageOf(error) };
  }
}

/** As claimNode, but gives null when a boot runs already. */
export async function claimFreeNode(requests: Requests): Promise<Server | null> {
  try {
    return await claimNode(requests);
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

/**
 * Asks the boot that runs on this node to read its configuration anew, and gives what came of it.
 *
 * @throws BootError `unavailable` when none runs; `timeout` when it does not answer; what the boot refuses it with
 */
export async function reloadBoot(): Promise<string> {
  const socket = await findBoot();
  if (socket === null) throw new BootError("unavailable", "no boot runs on this node");
  const answered = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.once("close", () => resolve(text));
    socket.setTimeout(answerMs, () => socket.destroy());
  });
  socket.write("reload\n");
  const text = await answered;
  if (text === "") throw new BootError("timeout", "the boot on this node did not answer");
  const { code, message } = JSON.parse(text) as Answer;
  if (code !== null) throw new BootError(code, message);
  return message;
}

/**
 * Has the boot that runs on this node let go if what started it is gone, and waits for its end: a process manager that was
 * killed leaves its services running, and the next one starts them again. Any other boot goes on.
 */
export async function replaceOrphan(): Promise<void> {
  const socket = await findBoot();
  if (socket === null) return;
  await new Promise<void>((resolve) => {
    socket.once("data", resolve).once("close", resolve).setTimeout(answerMs, resolve);
    socket.write("yield\n");
  });
  socket.destroy();
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
