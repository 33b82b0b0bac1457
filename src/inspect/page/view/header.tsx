import { useEffect } from "preact/hooks";
import type { Headline } from "../model/headline.ts";
import type { Connection, PageState } from "./store.ts";

const connections: Record<Connection, { name: string; hint: string }> = {
  connecting: { name: "Connecting", hint: "The page has not heard everything from the program yet." },
  live: { name: "Live", hint: "The program runs and tells of everything as it happens." },
  replay: { name: "Replay", hint: "This is a recording." },
  disconnected: { name: "Disconnected", hint: "The program does not answer. The page tries again by itself." },
  ended: { name: "Ended", hint: "The program has ended; the page keeps what it has told." },
};

/** Which node this is, where its boot is, and whether the page still hears of it. */
export function Header({ state, headline }: { state: PageState; headline: Headline }) {
  const { history, connection } = state;
  const { name, hint } = connections[connection];
  const host = history.start?.hostname ?? "";
  useEffect(() => {
    document.title = [headline.title, host, "zos-boot"].filter(Boolean).join(" · ");
  }, [headline.title, host]);
  return (
    <header class="head">
      <div class="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <h1>
          zos-boot <span class="host">{host}</span>
        </h1>
      </div>
      <div class={`now ${headline.tone}`} aria-live="polite">
        <p class="now-title">{headline.title}</p>
        <p class="now-sentence" title={headline.sentence}>
          {headline.sentence}
        </p>
      </div>
      <p class={`connection ${connection}`} role="status" title={hint}>
        <span class="dot" aria-hidden="true" />
        {name}
        <span class="hidden">: {hint}</span>
      </p>
    </header>
  );
}
