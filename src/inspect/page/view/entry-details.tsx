import type { ComponentChildren } from "preact";
import type { CommandRecord, GuardOutcome, Json, TransitionRecord } from "../../recording/records.ts";
import type { Entry } from "../model/history.ts";
import { actorOf, clockWords, durationWords, entryWords, eventWords, exitWords } from "../model/words.ts";

/** All that the stream says of one entry. */
export function EntryDetails({ entry: { seq, toldMs, record } }: { entry: Entry }) {
  return (
    <>
      <p class="entry-head">
        <span class="time">{clockWords(toldMs)}</span> <strong>{actorOf(record) || "program"}</strong>{" "}
        <span class="faint">entry {seq + 1}</span>
      </p>
      {record.type === "transition" && <TransitionDetails record={record} />}
      {record.type === "command" && <CommandDetails record={record} />}
      {record.type === "checked" && <Guards guards={record.guards} />}
      {record.type !== "transition" && record.type !== "command" && <p>{entryWords(record)}</p>}
    </>
  );
}

function TransitionDetails({ record }: { record: TransitionRecord }) {
  const changes = Object.entries(record.changes);
  return (
    <dl>
      <Line name="event">
        {eventWords(record.event)} <code class="faint">{record.event}</code>
      </Line>
      {record.taken.map(({ id, source, target }) => (
        <Line key={id} name="taken">
          {source} {target.length > 0 ? `→ ${target.join(", ")}` : "stays"}
        </Line>
      ))}
      <Line name="state">{record.state.join(", ")}</Line>
      {record.guards.length > 0 && (
        <Line name="guards">
          <Guards guards={record.guards} />
        </Line>
      )}
      {record.data !== undefined && (
        <Line name="data">
          <Value value={record.data} />
        </Line>
      )}
      {changes.map(([path, value]) => (
        <Line key={path} name={path || "context"} isChange>
          <Value value={value} />
        </Line>
      ))}
    </dl>
  );
}

function CommandDetails({ record }: { record: CommandRecord }) {
  return (
    <dl>
      <Line name="command">
        <code>{record.argv.join(" ")}</code>
      </Line>
      <Line name="began">{clockWords(record.atMs)}</Line>
      <Line name="took">{durationWords(record.ms)}</Line>
      <Line name="ended">{exitWords(record)}</Line>
    </dl>
  );
}

function Line({ name, isChange = false, children }: { name: string; isChange?: boolean; children: ComponentChildren }) {
  return (
    <>
      <dt class={isChange ? "change" : ""}>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Guards({ guards }: { guards: GuardOutcome[] }) {
  return (
    <ul class="guards">
      {guards.map(({ name, passed }, index) => (
        <li key={`${index} ${name}`} class={passed ? "passed" : "refused"}>
          <span aria-hidden="true">{passed ? "✓" : "✕"}</span> {name}
          <span class="hidden">{passed ? " passed" : " refused"}</span>
        </li>
      ))}
    </ul>
  );
}

function Value({ value }: { value: Json }) {
  const flat = JSON.stringify(value);
  return <pre>{flat.length > 60 ? JSON.stringify(value, null, 2) : flat}</pre>;
}
