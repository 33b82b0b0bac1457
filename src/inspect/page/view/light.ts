import { boxesOf, type Lit } from "../model/lit.ts";
import type { Drawing } from "./drawing.ts";

/** How long a transition that was just taken flashes. */
const flashMs = 900;

/** Lights the active states of a picture, shows the way that led there, and keeps it in sight. */
export function light(drawing: Drawing, pane: HTMLElement, lit: Lit | null): void {
  const { active, around } = boxesOf(lit?.states ?? [], new Set(drawing.boxes.keys()));
  const taken = (lit?.taken ?? []).map(({ seq, ids }) => ({ seq, arrows: arrowsOf(drawing, ids) }));
  const key = JSON.stringify([active, lit?.status, taken.map(({ seq }) => seq)]);
  if (key === drawing.shown.key) return;
  const isFirst = drawing.shown.key === "";
  drawing.shown.key = key;
  mark(drawing, { active, around, status: lit?.status ?? "active" });
  for (const each of drawing.svg.querySelectorAll(".taken")) each.classList.remove("taken");
  for (const { seq, arrows } of taken) {
    const isNew = !drawing.shown.seqs.has(seq) && !isFirst;
    for (const arrow of arrows) flash(arrow, isNew);
  }
  drawing.shown.seqs = new Set(taken.map(({ seq }) => seq));
  keepInSight(
    active.map((id) => drawing.boxes.get(id)).filter((box) => box !== undefined),
    pane,
  );
}

function arrowsOf({ arrows }: Drawing, ids: string[]): SVGElement[] {
  return ids.flatMap((id) => arrows.get(id) ?? []);
}

function mark({ boxes }: Drawing, lit: { active: string[]; around: string[]; status: string }): void {
  for (const [id, box] of boxes) {
    const isActive = lit.active.includes(id);
    for (const each of [box, innerOf(box)]) {
      each?.classList.toggle("lit", isActive);
      each?.classList.toggle("around", lit.around.includes(id));
      for (const status of ["done", "error", "stopped"])
        each?.classList.toggle(`was-${status}`, isActive && lit.status === status);
    }
  }
}

/** Final states have a second frame in the first. */
function innerOf(box: SVGElement): Element | null {
  const next = box.nextElementSibling;
  return next?.matches("rect.box:not([data-state]):not([rx='11'])") === true ? next : null;
}

function flash(arrow: SVGElement, isNew: boolean): void {
  arrow.classList.add("taken");
  if (!isNew || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  arrow.animate([{ strokeWidth: "9px", strokeOpacity: 0.35 }, {}], { duration: flashMs, easing: "ease-out" });
}

/** Scrolls the pane so that all boxes are in it, or the first one; what is in sight already stays where it is. */
function keepInSight(boxes: Element[], pane: HTMLElement): void {
  const frame = pane.getBoundingClientRect();
  const places = boxes.map((box) => box.getBoundingClientRect());
  const all = unionOf(places);
  const place = all !== null && all.width < frame.width && all.height < frame.height ? all : (places[0] ?? null);
  if (place === null) return;
  const isInSight =
    place.top >= frame.top && place.bottom <= frame.bottom && place.left >= frame.left && place.right <= frame.right;
  if (isInSight) return;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  pane.scrollBy({
    top: place.top + place.height / 2 - frame.top - frame.height / 2,
    left: place.left + place.width / 2 - frame.left - frame.width / 2,
    behavior: isCalm ? "instant" : "smooth",
  });
}

function unionOf(places: DOMRect[]): DOMRect | null {
  if (places.length === 0) return null;
  const [left, top] = [Math.min(...places.map((each) => each.left)), Math.min(...places.map((each) => each.top))];
  const right = Math.max(...places.map((each) => each.right));
  const bottom = Math.max(...places.map((each) => each.bottom));
  return new DOMRect(left, top, right - left, bottom - top);
}
