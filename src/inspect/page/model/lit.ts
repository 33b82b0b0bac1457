import type { ActorStatus } from "../../recording/records.ts";
import { type History, lastIndex, type Life, lifeAt, type Moment, type Move, moveAt, statusAt } from "./history.ts";

/** The pictures that there are. */
export type PictureName = "overview" | "internet" | "probe" | "networkd" | "service";

/** What to light in a picture, in the ids that pictures have. */
export interface Lit {
  picture: PictureName;
  /** Innermost active states. */
  states: string[];
  /** How the actor is whose states these are. */
  status: ActorStatus;
  /** The last ways from state to state, one for each actor in the picture. */
  taken: Taken[];
}

/** The transitions that were taken last. */
export interface Taken {
  /** Differs whenever a transition is taken again. */
  seq: number;
  ids: string[];
}

/** The machine that has a picture: the actor's own, or that of the machine that an effect works for. */
export function shownActor(history: History, actor: string, moment: Moment): Life | null {
  const life = lifeAt(history, actor, moment);
  return life?.machine === null && life.parent !== null ? lifeAt(history, life.parent, moment) : life;
}

/** What of an actor's machine is active at a moment; `boot` is shown with the stages in it. */
export function litOf(history: History, life: Life, moment: Moment): Lit {
  const own = pieceOf(life, moment, "");
  const status = statusAt(life, moment);
  if (life.machine !== "boot") {
    return { picture: life.machine as PictureName, states: own.states, status, taken: own.taken };
  }
  const pieces = ["internet", "networkd"].flatMap((stage) => {
    const child = lifeAt(history, `${life.actor}/${stage}`, moment);
    const isThere = child !== null && statusAt(child, moment) === "active" && own.states.includes(`boot.${stage}`);
    return isThere ? [pieceOf(child, moment, "boot.")] : [];
  });
  const inner = pieces.flatMap(({ states }) => states);
  const states = inner.length > 0 ? inner : own.states;
  return { picture: "overview", states, status, taken: [own, ...pieces].flatMap(({ taken }) => taken) };
}

function pieceOf(life: Life, moment: Moment, prefix: string): Pick<Lit, "states" | "taken"> {
  const states = (moveAt(life, moment)?.record.state ?? []).map((state) => prefix + state);
  const index = lastIndex(life.moves, ({ seq }) => seq <= moment.seq);
  const isWay = ({ record }: Move) => record.taken.some(({ target }) => target.length > 0);
  const last = life.moves.slice(0, index + 1).findLast(isWay);
  return { states, taken: last === undefined ? [] : [{ seq: last.seq, ids: last.record.taken.map(({ id }) => id) }] };
}

/**
 * Which of a picture's boxes are active, and which of them have active ones in them.
 *
 * @param shown ids of all boxes in the picture; what has none lights the nearest box around it
 */
export function boxesOf(states: readonly string[], shown: ReadonlySet<string>): { active: string[]; around: string[] } {
  const active = new Set<string>();
  const around = new Set<string>();
  for (const state of states) {
    const [own, ...outer] = withOuter(state).filter((id) => shown.has(id));
    if (own !== undefined) active.add(own);
    for (const id of outer) around.add(id);
  }
  return { active: [...active].filter((id) => !around.has(id)), around: [...around] };
}

/** A state's id and those of all states around it, from the inside out. */
export function withOuter(state: string): string[] {
  const parts = state.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}
