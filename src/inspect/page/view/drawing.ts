/** A picture in the page, with its parts by the ids that the stream has. */
export interface Drawing {
  svg: SVGSVGElement;
  width: number;
  height: number;
  scale: number;
  boxes: Map<string, SVGElement>;
  /** Arrows by transition. */
  arrows: Map<string, SVGElement[]>;
  /** What is lit, and which transitions have flashed, as of the last time. */
  shown: { key: string; seqs: Set<number> };
}

const loading = new Map<string, Promise<Drawing>>();

/** Loads a picture; each is loaded once. */
export function loadDrawing(name: string): Promise<Drawing> {
  const known = loading.get(name);
  if (known !== undefined) return known;
  const drawing = fetch(`/pictures/${name}.svg`)
    .then((response) => response.text())
    .then(drawingOf);
  loading.set(name, drawing);
  return drawing;
}

/** The picture's rules are a style sheet of the page: its policy lets none apply that stands in the picture. */
function drawingOf(text: string): Drawing {
  const plain = text.replace(/<style>[^<]*<\/style>/, "");
  const parsed = new DOMParser().parseFromString(plain, "image/svg+xml").documentElement;
  const title = parsed.querySelector("title");
  parsed.setAttribute("aria-label", title?.textContent ?? "Statechart");
  title?.remove();
  const svg = document.importNode(parsed, true) as unknown as SVGSVGElement;
  const boxes = new Map<string, SVGElement>();
  for (const box of svg.querySelectorAll<SVGElement>("[data-state]")) boxes.set(box.dataset["state"] ?? "", box);
  const arrows = new Map<string, SVGElement[]>();
  for (const arrow of svg.querySelectorAll<SVGElement>("[data-transition]"))
    for (const id of (arrow.dataset["transition"] ?? "").split("|")) arrows.set(id, [...(arrows.get(id) ?? []), arrow]);
  const size = (name: string) => Number(svg.getAttribute(name) ?? 0);
  return {
    svg,
    width: size("width"),
    height: size("height"),
    scale: 1,
    boxes,
    arrows,
    shown: { key: "", seqs: new Set() },
  };
}
