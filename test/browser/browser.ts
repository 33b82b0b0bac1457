import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));

/** Debian's Chromium with a new profile; nothing of it but the page talks to anybody. */
export function launch(): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", ...quiet],
  });
}

/** A page that is looked at, with all that must not happen meanwhile. */
export interface Visit {
  page: Page;
  /** Errors on the console, violations of the page's policy, exceptions, and requests to anybody else. */
  problems: string[];
}

/** Sizes of a desk's and of a telephone's screen. */
export const desk = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };

/** Opens the page of a program, and waits until it has heard everything that was told so far. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: desk, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  await page.locator(".connection:not(.connecting)").waitFor();
  await page.locator(".picture svg").waitFor();
  return { page, problems };
}

/** Keeps a picture of the whole page for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });
}
