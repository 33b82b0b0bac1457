import { recordOf } from "../model/parse-record.ts";
import type { Store } from "./store.ts";

/** Follows the program's stream. A lost connection comes back by itself; after the program's end there is nothing to wait for. */
export function connect(store: Store): void {
  const source = new EventSource("/stream");
  source.addEventListener("open", () => {
    if (store.state.connection === "disconnected") store.update({ connection: "connecting" });
  });
  source.addEventListener("message", ({ data }: MessageEvent<string>) => {
    const record = recordOf(data);
    if (record === null) return;
    store.take(record);
    if (record.type === "end" && store.state.connection === "live") {
      source.close();
      store.update({ connection: "ended" });
    }
  });
  source.addEventListener("now", ({ data }: MessageEvent<string>) => {
    const { atMs, mode } = JSON.parse(data) as { atMs: number; mode: string };
    const { history } = store.state;
    if (mode === "replay") store.update({ connection: "replay", clock: null });
    else if (history.endedMs !== null) {
      source.close();
      store.update({ connection: "ended" });
    } else store.update({ connection: "live", clock: { atMs, receivedMs: performance.now() } });
  });
  source.addEventListener("error", () => {
    if (store.state.connection === "replay") return;
    store.update({ connection: "disconnected" });
  });
}
