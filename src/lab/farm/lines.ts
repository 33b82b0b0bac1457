import type { Socket } from "node:net";

/** Calls for each whole line that comes by a socket; unlike readline's interface it has no errors of its own. */
export function forEachLineOf(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
