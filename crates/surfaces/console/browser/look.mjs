// Opens every sample page in Chromium at two widths, light and dark, takes its picture and asks axe about it.
//
//   node look.mjs FOLDER [--pictures OUT] [--only NAME[,NAME]]
//
// FOLDER is what `cargo run -p console --example pages` wrote. It is served to the browser without any network, with the
// content security policy of the product, so a page that would break the policy shows here.
import { readFile, readdir, mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { LIGHTS, WIDTHS, judge, launch } from "./eyes.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

const [folder, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const pictures = option("--pictures");
const only = option("--only")?.split(",");

const policy = await readFile(join(folder, "policy.txt"), "utf8");
const all = (await readdir(join(folder, "samples"))).filter((name) => name.endsWith(".html"));
const names = all.map((name) => name.slice(0, -5)).filter((name) => !only || only.includes(name)).sort();
if (pictures) await mkdir(pictures, { recursive: true });

const browser = await launch();
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
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${light}.png`), fullPage: true });
    await judge(page, say);
  }
  await context.close();
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
