import type { Page } from "playwright-core";

/** Waits until the page has drawn what it knows. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  );
}

/** Presses a key so many times, and waits until the page has drawn what came of it. */
export async function press(page: Page, key: string, times = 1): Promise<void> {
  for (let index = 0; index < times; index++) await page.keyboard.press(key);
  await drawn(page);
}

/** The entry that the log shows as the one that has just happened. */
export async function seenEntry(page: Page): Promise<number> {
  return Number(await page.locator(".entry.here").getAttribute("data-seq"));
}

/** States of all actors on the page that are active, by path. */
export function seenActors(page: Page): Promise<Record<string, string>> {
  return page
    .locator('[role=treeitem][data-status="active"]')
    .evaluateAll((items) =>
      Object.fromEntries(
        items
          .map((item) => [item.getAttribute("data-actor") ?? "", item.getAttribute("data-state-of") ?? ""])
          .filter(([, state]) => state !== ""),
      ),
    );
}

/** Ids of the boxes that are lit in the picture. */
export function seenLit(page: Page): Promise<string[]> {
  return page
    .locator(".picture rect.lit[data-state]")
    .evaluateAll((boxes) =>
      boxes.map((box) => box.getAttribute("data-state") ?? "").toSorted((a, b) => a.localeCompare(b)),
    );
}

/** Ids of the states that are named above the picture, in their own machines. */
export function seenStates(page: Page): Promise<string[]> {
  return page
    .locator("[data-active]")
    .evaluateAll((items) => items.map((item) => item.getAttribute("data-active") ?? ""));
}

/** What the timeline says: the whole time, the shown moment, and milliseconds by step. */
export async function seenTimes(page: Page) {
  return page.evaluate(() => ({
    totalMs: Number(document.querySelector("[data-total-ms]")?.getAttribute("data-total-ms")),
    shownMs: Number(document.querySelector("[role=slider]")?.getAttribute("aria-valuenow")),
    steps: Object.fromEntries(
      [...document.querySelectorAll("[data-step]")].map((row) => [
        row.getAttribute("data-step") ?? "",
        Number(row.getAttribute("data-ms")),
      ]),
    ),
  }));
}

/** What the page says of each NIC. */
export function seenNics(page: Page): Promise<{ nic: string; verdict: string; words: string }[]> {
  return page.locator("[data-nic]").evaluateAll((rows) =>
    rows.map((row) => ({
      nic: row.getAttribute("data-nic") ?? "",
      verdict: row.querySelector(".verdict")?.textContent ?? "",
      words: row.querySelector(".row-words .faint")?.textContent ?? "",
    })),
  );
}

/** Everything that shows where the boot is, for comparing two pages. */
export async function seenMoment(page: Page) {
  return {
    title: await page.locator(".now-title").textContent(),
    lit: await seenLit(page),
    taken: await page
      .locator(".picture path.taken")
      .evaluateAll((arrows) => arrows.map((arrow) => arrow.getAttribute("data-edge") ?? "").toSorted()),
    actors: await page
      .locator("[role=treeitem]")
      .evaluateAll((items) =>
        items.map((item) => `${item.getAttribute("data-actor")} ${item.getAttribute("data-status")}`),
      ),
    times: await seenTimes(page),
    nics: await seenNics(page),
  };
}

/** Scrolls through the whole log and reads all of its rows, each as often as the page has it. */
export async function readLog(page: Page): Promise<{ seq: number; text: string }[]> {
  const rows = page.locator(".log-rows");
  await rows.evaluate((box) => {
    box.scrollTop = 0;
  });
  const found = new Map<number, { seq: number; text: string; position: number }>();
  for (;;) {
    await drawn(page);
    const seen = await page.locator(".entry").evaluateAll((entries) =>
      entries.map((entry) => ({
        seq: Number(entry.getAttribute("data-seq")),
        position: Number(entry.getAttribute("aria-posinset")),
        text: entry.querySelector(".what")?.textContent ?? "",
      })),
    );
    for (const each of seen) {
      if (seen.filter(({ seq }) => seq === each.seq).length > 1) throw new Error(`entry ${each.seq} is there twice`);
      found.set(each.position, each);
    }
    const isAtEnd = await rows.evaluate((box) => {
      const before = box.scrollTop;
      box.scrollTop += box.clientHeight;
      return box.scrollTop === before;
    });
    if (isAtEnd) break;
  }
  return [...found.values()].toSorted((a, b) => a.position - b.position).map(({ seq, text }) => ({ seq, text }));
}

/** Texts whose contrast with what is behind them is less than WCAG 2.2 asks for (1.4.3, level AA). */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [number, number, number, number];
    const colourOf = (text: string): Colour => {
      const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [r, g, b, a];
    };
    const luminance = ([r, g, b]: Colour) => {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const groundOf = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1];
      const colour = colourOf(getComputedStyle(element).backgroundColor);
      return colour[3] > 0 ? colour : groundOf(element.parentElement);
    };
    const own = (element: Element) =>
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "",
      );
    const isShown = (element: Element) =>
      element.closest("svg, .hidden, :disabled, [aria-hidden=true]") === null && element.getClientRects().length > 0;
    const texts = [...document.body.querySelectorAll("*")].filter((element) => own(element) && isShown(element));
    return texts.flatMap((element) => {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [a, b] = [luminance(colourOf(color)), luminance(groundOf(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const isLarge =
        Number.parseFloat(fontSize) >= 24 || (Number.parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
      return ratio >= (isLarge ? 3 : 4.5) ? [] : [`${element.className} "${element.textContent}" ${ratio.toFixed(2)}`];
    });
  });
}
