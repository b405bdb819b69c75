// What both programs look with: the browser, the widths and lights that count, and axe.
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const WIDTHS = [1280, 390];
export const LIGHTS = ["light", "dark"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

export function launch() {
  const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  return chromium.launch({ executablePath, args: FLAGS });
}

// What axe finds, but for what it calls minor, and whether the page is wider than the screen.
export async function judge(page, say) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) say(`the page is ${wide} pixels wider than the screen`);
  // In a world of its own, so that the page's policy stays as it is.
  const session = await wireTo(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = (expression) => session.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
  await run(axe);
  const told = await run("axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)");
  for (const violation of told.result.value ?? [{ id: "axe did not run", nodes: [] }]) {
    if (violation.impact === "minor") continue;
    const where = violation.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${node.any.concat(node.all)[0]?.message ?? ""})`);
    say(`${violation.id} (${violation.impact}): ${where.join("; ")}`);
  }
}

// One wire to each page: letting go of one takes the page's device for passkeys along.
const wires = new WeakMap();

export async function wireTo(page) {
  if (!wires.has(page)) wires.set(page, await page.context().newCDPSession(page));
  return wires.get(page);
}
