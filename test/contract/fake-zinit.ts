import { createServer, type Server, type Socket } from "node:net";
import { rm } from "node:fs/promises";

/** What a bad zinit does with a connection. */
export type Conduct = (socket: Socket, line: string) => void;

/** Listens where zinit would, and does as told with whoever talks to it; gives what closes it. */
export async function pretendZinit(path: string, conduct: Conduct): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.once("data", (line: string) => conduct(socket, line.trim()));
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}
