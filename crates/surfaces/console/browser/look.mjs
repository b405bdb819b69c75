// Opens every sample page in Chromium at two widths, light and dark, takes its picture and asks axe about it.
//
//   node look.mjs FOLDER [--pictures OUT] [--only NAME[,NAME]]
//
// FOLDER is what `cargo run -p console --example pages` wrote. It is served to the browser without any network, with the
// content security policy of the product, so a page that would break the policy shows here.
import { readFile, readdir, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
const WIDTHS = [1280, 390];
const LIGHTS = ["light", "dark"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const [folder, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const pictures = option("--pictures");
const only = option("--only")?.split(",");

const policy = await readFile(join(folder, "policy.txt"), "utf8");
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const all = (await readdir(join(folder, "samples"))).filter((name) => name.endsWith(".html"));
const names = all.map((name) => name.slice(0, -5)).filter((name) => !only || only.includes(name)).sort();
if (pictures) await mkdir(pictures, { recursive: true });

const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const browser = await chromium.launch({ executablePath, args: FLAGS });
const found = [];
try {
  await Promise.all(WIDTHS.flatMap((width) => LIGHTS.map((light) => look(width, light))));
} finally {
  await browser.close();
}
for (const line of found) console.log(line);
console.log(`${names.length} pages, ${WIDTHS.length} widths, ${LIGHTS.length} lights: ${found.length} findings`);
process.exit(found.length === 0 ? 0 : 1);

async function look(width, light) {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 844 : 800 }, colorScheme: light, reducedMotion: "reduce", hasTouch: width < 600 });
  const page = await context.newPage();
  let name = "";
  const say = (what) => found.push(`${name} ${width} ${light}: ${what}`);
  page.on("console", (message) => message.type() === "error" && say(message.text()));
  page.on("pageerror", (error) => say(error.message));
  await page.route("**/*", (route) => answer(route));
  for (name of names) {
    await page.goto(`http://samples.invalid/samples/${name}.html`);
    await page.waitForLoadState("networkidle");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) say(`the page is ${wide} pixels wider than the screen`);
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${light}.png`), fullPage: true });
    await judge(page, say);
  }
  await context.close();
}

async function judge(page, say) {
  // In a world of its own, so that the page's policy stays as it is.
  const session = await page.context().newCDPSession(page);
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
  await session.detach();
}

async function answer(route) {
  const path = new URL(route.request().url()).pathname;
  try {
    const body = await readFile(join(folder, path));
    const headers = { "content-security-policy": policy };
    await route.fulfill({ body, headers, contentType: TYPES[extname(path)] ?? "application/octet-stream" });
  } catch {
    await route.fulfill({ status: 404, body: "" });
  }
}
