// Walks through the live console of a real server: a team from its first owner to a worker's task.
//
//   node walk.mjs [--pictures OUT]
//
// The test that starts it says the first line: where the server is, the owner's key, a folder for files, drawings. Then this
// program asks, a line of JSON at a time, for what only the other side can do: moving the clock, and trying other doors. Every
// page on the way is judged in both lights and at both widths; what was found is the last line.
import { createServer } from "node:http";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LIGHTS, WIDTHS, judge, launch, wireTo } from "./eyes.mjs";
import { ask, heard, must, say } from "./lines.mjs";

const PASSWORD = "nine lanterns over a quiet harbour";
const rest = process.argv.slice(2);
const pictures = rest.includes("--pictures") ? rest[rest.indexOf("--pictures") + 1] : undefined;
if (pictures) await mkdir(pictures, { recursive: true });

const begin = await heard();
const found = [];
let step = "";
// An item that no task hands out.
let other = "";
const browser = await launch();
try {
  await walk();
} catch (error) {
  found.push(`${step}: ${error.message}`);
  for (const context of browser.contexts()) {
    for (const page of context.pages()) found.push(`  at ${page.url()}: ${(await page.locator("main").innerText().catch(() => "no page")).slice(0, 600)}`);
  }
} finally {
  await browser.close();
}
say({ found });
process.exit(found.length === 0 ? 0 : 1);

// Each step has a name, and what goes wrong in it is told by that name.
async function at(name, act) {
  step = name;
  say({ step: name });
  return act();
}

// Somebody with a browser, and a device that keeps passkeys.
async function somebody() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light", reducedMotion: "reduce", ignoreHTTPSErrors: true, baseURL: begin.url });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => found.push(`${step}: ${error.message}`));
  // A page that is not there says so in the console as well; everything else is a fault, above all of the page's policy.
  page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && found.push(`${step}: ${message.text()}`));
  const device = await wireTo(page);
  await device.send("WebAuthn.enable");
  await device.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return page;
}

// Judges the page one is on, in both lights and at both widths, and goes on as before.
async function see(page, name) {
  for (const width of WIDTHS) {
    for (const light of LIGHTS) {
      await page.setViewportSize({ width, height: width < 600 ? 844 : 800 });
      await page.emulateMedia({ colorScheme: light });
      await judge(page, (what) => found.push(`${name} ${width} ${light}: ${what}`));
      if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${light}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
}

async function headed(page, title) {
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

function press(page, name) {
  return page.getByRole("button", { name, exact: true }).click();
}

async function joins(page, name) {
  await page.getByLabel("Choose a password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await see(page, `${name}-invitation`);
  await press(page, "Join the team");
  await headed(page, "Set up a second factor");
  await see(page, `${name}-first-factor`);
  await press(page, "Make a passkey on this device");
  await headed(page, "You are signed in");
  must((await page.locator("#codes li").count()) === 10, "there are not ten recovery codes");
  await page.getByRole("link", { name: "I have them" }).click();
}

// A radiograph that nobody was at, drawn large enough to be looked at in parts.
async function drawing(number, side) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<style>body{margin:0}svg{width:${side}px !important;height:${side}px !important;display:block}</style>${begin.drawings[number]}`);
  const path = join(begin.folder, `chest-${String(41 + number).padStart(4, "0")}.png`);
  await writeFile(path, await page.screenshot());
  await page.close();
  return path;
}

async function walk() {
  const owner = await somebody();
  await at("the first owner begins with a key", async () => {
    await owner.goto("/console/begin");
    await see(owner, "live-begin");
    await owner.getByLabel("Your API key").fill(begin.owner_key);
    await press(owner, "Choose a password");
    await headed(owner, "Join northlake");
    await joins(owner, "live-owner");
    await headed(owner, "Hello, Ada");
    await see(owner, "live-home");
  });

  await at("signs out and in again by passkey alone", async () => {
    await press(owner, "Sign out");
    await headed(owner, "Sign in");
    await see(owner, "live-sign-in");
    await owner.getByLabel("Team", { exact: true }).fill("northlake");
    await press(owner, "Sign in with a passkey");
    await headed(owner, "Hello, Ada");
  });

  await at("signs in by password and passkey", async () => {
    await press(owner, "Sign out");
    await owner.getByLabel("Team", { exact: true }).fill("northlake");
    await owner.getByLabel("E-mail address").fill("ada.marsh@northlake.example");
    await owner.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await press(owner, "Sign in");
    await headed(owner, "Hello, Ada");
    await owner.goto("/console/security");
    must((await owner.getByText("last used").count()) === 1, "the passkey's use is not told");
    await see(owner, "live-security");
  });

  await at("makes a dataset and uploads", async () => {
    await owner.goto("/console/datasets/new");
    await owner.getByLabel("Name", { exact: true }).fill("chest-x-rays");
    await owner.getByLabel("What it is for").fill("Frontal chest radiographs for the nodule study");
    await press(owner, "Make the dataset");
    await headed(owner, "chest-x-rays");
    await see(owner, "live-gallery-none");
    const drawn = [];
    for (let number = 0; number < begin.drawings.length; number += 1) drawn.push(await drawing(number, number === 0 ? 2400 : 800));
    await owner.getByLabel("Add files").setInputFiles([...drawn, join(begin.folder, "scan.dcm"), join(begin.folder, "patients.json")]);
    await Promise.all([owner.waitForEvent("load"), press(owner, "Upload")]);
    await owner.locator(".tile").nth(begin.drawings.length + 1).waitFor();
    await drawnThumbnails(owner);
    await see(owner, "live-gallery");
    await owner.goto("/console/datasets/chest-x-rays?as=list");
    await see(owner, "live-gallery-list");
  });

  const item = await at("looks nearer, and a part is fetched", async () => {
    await owner.goto("/console/datasets/chest-x-rays");
    await owner.getByRole("link", { name: /chest-0041/ }).click();
    await headed(owner, "chest-0041.png");
    await owner.locator("[data-viewer][data-drawn]").waitFor();
    await see(owner, "live-item");
    const part = owner.waitForResponse((answer) => answer.url().includes("/picture?") && answer.url().includes("w="));
    for (let times = 0; times < 5; times += 1) await owner.locator("[data-go=in]").click();
    const answer = await part;
    const kind = answer.headers()["content-type"];
    must(answer.ok() && kind.startsWith("image/"), `the part is ${answer.status()} ${kind}`);
    must((await owner.locator("[data-percent]").textContent()).startsWith("759"), "it does not say how near one is");
    const path = (where) => new URL(where, begin.url).pathname.split("/").pop();
    const here = path(owner.url());
    await owner.goto("/console/datasets/chest-x-rays");
    other = path(await owner.getByRole("link", { name: /chest-0048/ }).getAttribute("href"));
    return here;
  });

  await at("draws a box, a polygon and a point, with pointers and with keys, and saves", () => draws(owner, item));

  await at("looks at frames and values of a scan", async () => {
    await owner.goto("/console/datasets/chest-x-rays");
    await owner.getByRole("link", { name: /scan\.dcm/ }).click();
    await owner.locator("[data-viewer][data-drawn]").waitFor();
    const frame = owner.waitForResponse((answer) => answer.url().includes("frame=1"));
    await owner.locator("[data-go=after]").click();
    must((await frame).ok(), "the next frame does not come");
    await owner.getByLabel("Window", { exact: true }).fill("1500");
    await owner.getByLabel("Level", { exact: true }).fill("-600");
    const values = owner.waitForResponse((answer) => answer.url().includes("window=1500"));
    await press(owner, "Apply");
    must((await values).ok(), "the values do not come");
    await see(owner, "live-scan");
  });

  await at("shows a value to who says why", async () => {
    await owner.goto("/console/datasets/chest-x-rays");
    await owner.getByRole("link", { name: /patients\.json/ }).click();
    await headed(owner, "patients.json");
    must(!(await owner.content()).includes("Bart Example"), "a covered value is on the page");
    await owner.getByLabel("Why", { exact: true }).fill("she called about her bill");
    await press(owner, "Show /name");
    await owner.getByText("Bart Example").waitFor();
    await see(owner, "live-record");
  });

  await at("archives and restores", async () => {
    await owner.goto(`/console/items/${item}`);
    await press(owner, "Archive…");
    await press(owner, "Archive");
    await owner.getByText("This item is archived").waitFor();
    must((await owner.locator(".stage").count()) === 0, "an archived item is shown");
    await see(owner, "live-item-archived");
    await press(owner, "Restore");
    await owner.locator("[data-viewer][data-drawn]").waitFor();
  });

  const link = await at("invites a worker and hands out work", async () => {
    await owner.goto("/console/datasets/chest-x-rays/settings");
    await owner.getByLabel("Hand out the items").check();
    await owner.getByLabel("Items in a task").fill("2");
    await owner.getByLabel("Somebody else reviews").check();
    await owner.locator("form[action$='/work']").getByRole("button", { name: "Save" }).click();
    await owner.getByText("Saved.").waitFor();
    await owner.goto("/console/team/invite");
    await owner.getByLabel("Name", { exact: true }).fill("Wim Otter");
    await owner.getByLabel("E-mail").fill("wim.otter@northlake.example");
    await owner.getByRole("radio", { name: /Worker/ }).check();
    await see(owner, "live-invite");
    await owner.locator("main form button[type=submit]").click();
    const told = await owner.locator("#invitation-link").textContent();
    await see(owner, "live-invited");
    return told.trim();
  });

  await at("is refused to give a dataset without a fresh proof", async () => {
    await ask({ ask: "advance", seconds: 11 * 60 });
    await owner.goto("/console/datasets/chest-x-rays/settings");
    await owner.getByLabel("Give to").selectOption({ label: "Wim Otter" });
    await press(owner, "Give");
    await headed(owner, "Confirm that it is you");
    await see(owner, "live-confirm");
    const other = await owner.context().newPage();
    await other.goto("/console/datasets/chest-x-rays/settings");
    must((await other.getByText("Given to nobody").count()) === 1, "it was given without the proof");
    await other.close();
    await press(owner, "Confirm with a passkey");
    await owner.getByText("The dataset was given.").waitFor();
    await see(owner, "live-settings");
  });

  await at("a worker joins, asks for a task and looks", async () => {
    const worker = await somebody();
    await worker.goto(new URL(link).pathname);
    await joins(worker, "live-worker");
    await headed(worker, "Hello, Wim");
    await worker.goto("/console/tasks");
    await worker.getByLabel("Dataset").fill("chest-x-rays");
    await see(worker, "live-worker-tasks");
    await worker.locator("main form button[type=submit]").first().click();
    await worker.getByText("The task is yours.").waitFor();
    await see(worker, "live-worker-task");
    await worker.getByRole("link", { name: "Look" }).first().click();
    await worker.locator("[data-viewer][data-drawn]").waitFor();
    must((await worker.getByText("Your name is on it").count()) === 1, "the worker's name is not on the picture");
    must((await worker.getByRole("link", { name: "Download" }).count()) === 0, "the worker is offered the original");
    await worker.getByLabel("As", { exact: true }).fill("nodule");
    await press(worker, "Tag");
    await press(worker, "Save");
    await worker.getByText("Saved.").waitFor();
    await see(worker, "live-worker-item");
    const theirs = await worker.evaluate(() => location.pathname.split("/").pop());
    await closed(worker, theirs);
    await worker.goto("/console/tasks");
    await worker.getByRole("link", { name: "Task", exact: true }).click();
    await worker.getByRole("button", { name: "Submit" }).first().click();
    await worker.getByText("Submitted.").waitFor();
    await worker.goto("/console/tasks");
    await worker.getByText("What you did").waitFor();
    await see(worker, "live-worker-figures");
    await idle(worker);
  });

  await at("reviews what was submitted", async () => {
    await owner.goto("/console/sign-in");
    await owner.getByLabel("Team", { exact: true }).fill("northlake");
    await press(owner, "Sign in with a passkey");
    await headed(owner, "Hello, Ada");
    await owner.goto("/console/datasets/chest-x-rays/review");
    await see(owner, "live-review");
    await press(owner, "Give back…");
    await owner.getByLabel("What is to be done").fill("the left lung is not drawn");
    await see(owner, "live-review-back");
    await press(owner, "Give it back");
    await owner.getByText("Given back.").waitFor();
    await owner.goto("/console/datasets/chest-x-rays/figures");
    must((await owner.getByText("Wim Otter").count()) === 1, "the worker is not counted");
    await see(owner, "live-figures");
  });

  await at("shares an export with the public, not without a fresh proof", () => shares(owner));

  await at("a page of the team's asks for consent", consents);

  await at("reads who can see what", async () => {
    for (const [path, name] of [["/console/datasets/chest-x-rays/access", "sight-dataset"], [`/console/items/${item}/access`, "sight-item"], ["/console/datasets/chest-x-rays/quarantine", "quarantine"], ["/console/team/sign-in", "sign-in-rule"], ["/console/team/invitations", "invitations"]]) {
      await owner.goto(path);
      await see(owner, `live-${name}`);
    }
  });

  await at("reads in the trail what happened", async () => {
    for (const [path, name] of [["/console/trail", "trail"], ["/console/team", "team"], ["/console/keys", "keys"], ["/console/classes", "classes"], ["/console/sessions", "sessions"], ["/console/datasets", "datasets"], ["/console/datasets/chest-x-rays/tasks", "tasks"]]) {
      await owner.goto(path);
      await see(owner, `live-${name}`);
    }
    await owner.goto(`/console/trail?item=${item}`);
    must((await owner.getByText("Look at an item").count()) > 2, "looks are not in the trail");
    await owner.locator("main table a").first().click();
    await see(owner, "live-event");
  });
}

async function draws(page, item) {
  await page.goto(`/console/items/${item}`);
  await page.locator("[data-viewer][data-drawn]").waitFor();
  const stage = await page.locator(".stage").boundingBox();
  const put = (x, y) => page.mouse.click(stage.x + stage.width * x, stage.y + stage.height * y);
  const marks = page.locator("[data-marks] li:not(.none)");
  await page.getByLabel("As", { exact: true }).fill("nodule");
  await press(page, "Box");
  await page.mouse.move(stage.x + stage.width * 0.33, stage.y + stage.height * 0.42);
  await page.mouse.down();
  await page.mouse.move(stage.x + stage.width * 0.4, stage.y + stage.height * 0.53, { steps: 4 });
  await page.mouse.up();
  must((await marks.count()) === 1, "the box is not in the list");
  await page.getByLabel("As", { exact: true }).fill("heart");
  await press(page, "Polygon");
  for (const [x, y] of [[0.5, 0.55], [0.57, 0.53], [0.62, 0.64], [0.58, 0.76], [0.51, 0.74], [0.5, 0.55]]) await put(x, y);
  must((await marks.count()) === 2, "the polygon is not in the list");
  // By keys alone: the tool, the place, the corner.
  await page.getByLabel("As", { exact: true }).fill("carina");
  await page.locator(".stage").focus();
  for (const key of ["k", "ArrowUp", "ArrowUp", "ArrowLeft", "Enter"]) await page.keyboard.press(key);
  must((await marks.count()) === 3, "the point is not in the list");
  await page.getByLabel("As", { exact: true }).fill("frontal");
  await press(page, "Tag");
  await page.keyboard.press("Control+z");
  must((await marks.count()) === 3, "undoing does nothing");
  await page.locator("[data-redo]").click();
  must((await marks.count()) === 4, "doing again does nothing");
  const places = () => page.locator("[data-marks] p").allTextContents();
  const before = await places();
  await press(page, "Move and choose");
  await page.locator("[data-go=in]").click();
  must(String(await places()) === String(before), "going nearer moves what is drawn");
  await page.locator("[data-go=fit]").click();
  await press(page, "Save");
  await page.getByText("Saved.").waitFor();
  await page.reload();
  await page.locator(".overlay .mark").nth(2).waitFor();
  must(String(await places()) === String(before), "what was saved is not what was drawn");
  const heart = () => page.locator("[data-marks] button", { hasText: "heart" }).first().click();
  await heart();
  await page.getByLabel("Words about it").fill("wider than half of the chest");
  await press(page, "Save");
  await page.getByText("Saved.").waitFor();
  await page.reload();
  await page.locator(".overlay .mark").nth(2).waitFor();
  must((await places()).some((place) => place.endsWith("· wider than half of the chest")), "the words were not kept");
  await heart();
  await see(page, "live-drawing");
  // What is typed is one change.
  await page.getByLabel("Words about it").fill("as wide as it should be");
  await page.locator("[data-undo]").click();
  must((await places()).some((place) => place.endsWith("· wider than half of the chest")), "undoing does not bring the words back");
}

async function shares(page) {
  const settings = "/console/datasets/chest-x-rays/settings";
  await page.goto("/console/datasets/chest-x-rays/exports");
  await press(page, "Make an export");
  await page.getByText("Export 1", { exact: true }).waitFor();
  await see(page, "live-exports");
  await ask({ ask: "advance", seconds: 11 * 60 });
  await page.goto(settings);
  await page.getByRole("link", { name: "Share with the public…" }).click();
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Export 1, exactly its versions" });
  await see(page, "live-share");
  await press(page, "Go on");
  await headed(page, "Confirm that it is you");
  await see(page, "live-share-confirm");
  // The form as it stands, sent without what it asks for: to the warning, and past it.
  const sent = await page.evaluate(async () => {
    const form = document.querySelector("main form");
    const send = async (path) => {
      const answered = await fetch(path, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      return `${answered.status} ${await answered.text()}`;
    };
    return [await send(form.action), await send(form.action.replace(/\/warning$/, ""))];
  });
  must(sent.every((answer) => !answer.includes("/public/") && !answer.includes("Share this with the public?")), `without a proof: ${sent.map((answer) => answer.slice(0, 3))}`);
  const beside = await page.context().newPage();
  await beside.goto(settings);
  must((await beside.getByText("Only members of the team reach it.").count()) === 1, "it was shared without the proof");
  await beside.close();
  await press(page, "Confirm with a passkey");
  await headed(page, "Share this with the public?");
  await see(page, "live-share-warning");
  await press(page, "Share with the public");
  await headed(page, "Shared with the public");
  await see(page, "live-shared");
  const link = new URL((await page.locator("#public-link").textContent()).trim()).pathname;
  await strangerLooks(link);
  await page.goto(settings);
  await page.getByRole("button", { name: /^Withdraw the link/ }).click();
  await page.getByText("The link was withdrawn.").waitFor();
  const stranger = await somebody();
  must((await stranger.goto(link)).status() === 404, "a link that was withdrawn still shows something");
}

// Whoever has the link sees what it shares and takes no original.
// A page with the script of consent, as a shop embeds it: by the host that its key names, by one that it does not, and in a browser
// that objects to data being sold.
async function consents() {
  let key = "";
  const button = (words, consent, purpose) => `<button type="button" data-consent="${consent}" data-purpose="${purpose}" data-notice="1">${words}</button>`;
  const html = () => `<!doctype html><html lang="en"><title>A shop</title><script src="${begin.url}/consent.js" data-key="${key}" defer></script>
    <script>addEventListener("bailee:consent", (event) => (window.heard = { given: event.detail.given, entry: event.detail.entry, error: event.detail.error?.message }))</script>
    <form><label>E-mail <input type="email" name="email"></label>
    ${button("I agree", "give", "newsletter")}${button("I take it back", "withdraw", "newsletter")}${button("Sell it", "give", "ads")}</form></html>`;
  const shop = createServer((_, answer) => answer.setHeader("content-type", "text/html; charset=utf-8").end(html()));
  await new Promise((done) => shop.listen(0, done));
  const { port } = shop.address();
  const bound = `http://localhost:${port}`;
  ({ key } = await ask({ ask: "consent-key", origin: bound }));
  const contexts = [];
  // Opens the page in a fresh browser; what it gives back clicks a button and tells what the page heard.
  const opens = async (origin, objects) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    contexts.push(context);
    // Chromium has no such control of its own: this is how one that has it looks to a page.
    if (objects) await context.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(origin);
    await page.getByLabel("E-mail").fill("anna@person.example");
    return async (words) => {
      await page.evaluate(() => (window.heard = undefined));
      await press(page, words);
      await page.waitForFunction(() => window.heard);
      return page.evaluate(() => window.heard);
    };
  };
  const stands = async (wanted, what) => {
    const told = await ask({ ask: "consent-stands", person: "email:anna@person.example" });
    must(Object.entries(wanted).every(([name, is]) => told[name] === is), `${what}: ${JSON.stringify(told)}`);
  };
  try {
    const elsewhere = await opens(`http://127.0.0.1:${port}`, false);
    const refused = await elsewhere("I agree");
    must(refused.error && !refused.entry, "a page of another origin gave consent");
    await stands({ newsletter: "never-given", ads: "never-given", refused: 1 }, "from another origin");

    const shopper = await opens(bound, false);
    must((await shopper("I agree")).entry?.given === true, "the page could not give consent");
    await stands({ newsletter: "given", ads: "never-given", refused: 1 }, "after agreeing");
    must((await shopper("I take it back")).entry?.given === false, "the page could not take consent back");
    await stands({ newsletter: "withdrawn", ads: "never-given", refused: 1 }, "after taking it back");

    const objecting = await opens(bound, true);
    must(/Global Privacy Control/.test((await objecting("Sell it")).error), "Global Privacy Control was not heard");
    must((await objecting("I agree")).entry?.given === true, "what is not sold can be agreed to");
    await stands({ newsletter: "given", ads: "never-given" }, "with the control");
    for (const context of contexts) {
      const { cookies, origins } = await context.storageState();
      must(cookies.length === 0 && origins.length === 0, `the script keeps something: ${JSON.stringify({ cookies, origins })}`);
    }
  } finally {
    for (const context of contexts) await context.close();
    shop.closeAllConnections();
    shop.close();
  }
}

async function strangerLooks(link) {
  const stranger = await somebody();
  await stranger.goto(link);
  await see(stranger, "live-public");
  await stranger.getByRole("link", { name: "chest-0041.png" }).click();
  await stranger.locator("figure img").waitFor();
  must(await stranger.locator("figure img").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "the picture was not drawn");
  await see(stranger, "live-public-item");
  const taken = await stranger.request.get(`${new URL(stranger.url()).pathname}/content`);
  must(taken.status() === 403, `the original answers the public with ${taken.status()}`);
}

async function drawnThumbnails(page) {
  const all = page.locator(".tile-face img");
  must((await all.count()) >= begin.drawings.length, "there are too few thumbnails");
  for (const image of await all.all()) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((node) => node.complete || new Promise((done, failed) => { node.onload = done; node.onerror = failed; }));
    must(await image.evaluate((node) => node.naturalWidth > 0), "a thumbnail was not drawn");
  }
  await page.evaluate(() => scrollTo(0, 0));
}

// Nothing but the leased items opens, by no door.
async function closed(worker, leased) {
  const all = await worker.request.get("/console/tasks");
  must(all.ok(), "the worker's own tasks do not open");
  for (const path of ["/console/datasets", "/console/datasets/chest-x-rays", "/console/team", "/console/trail", "/console/classes", `/console/items/${other}`, `/console/items/${other}/picture`, `/console/items/${leased}/original`]) {
    const answer = await worker.request.get(path);
    must(answer.status() >= 400 && answer.status() < 500, `${path} answers a worker with ${answer.status()}`);
  }
  await worker.goto(`/console/items/${other}`);
  await headed(worker, "There is nothing here");
  await see(worker, "live-nothing-here");
  const doors = await ask({
    ask: "other-doors",
    email: "wim.otter@northlake.example",
    rest: ["/v1/datasets", "/v1/datasets/chest-x-rays", "/v1/datasets/chest-x-rays/items", `/v1/items/${other}`, `/v1/items/${other}/content`, `/v1/items/${leased}/content`, "/v1/members", "/v1/trail"],
    s3: ["/chest-x-rays", "/chest-x-rays/chest-0041.png", "/chest-x-rays/chest-0048.png"],
  });
  // A listing shows what the lease gives, and nothing else of the dataset.
  const lists = ["/v1/datasets/chest-x-rays/items", "/chest-x-rays"];
  for (const [path, status, answer] of doors) {
    const isList = status === 200 && lists.includes(path) && answer.includes("chest-0041") && !answer.includes("chest-0048");
    must(isList || (status >= 400 && status < 500), `${path} answers a worker's key with ${status}: ${answer.slice(0, 300)}`);
  }
}

// A tab that asks by itself does not keep anybody signed in.
async function idle(page) {
  step = "a session ends after half an hour, whatever polls";
  await page.goto("/console/tasks");
  await page.evaluate(() => {
    window.said = [];
    setInterval(async () => {
      const answer = await fetch("/console/tasks", { headers: { "bailee-background": "yes" } });
      window.said.push(answer.redirected ? "out" : answer.status);
    }, 100);
  });
  const next = async () => {
    await page.evaluate(() => (window.said = []));
    await page.waitForFunction(() => window.said.length > 1);
    return page.evaluate(() => window.said.at(-1));
  };
  for (const seconds of [10 * 60, 10 * 60, 9 * 60]) {
    await ask({ ask: "advance", seconds });
    must((await next()) === 200, "the session ended before its time");
  }
  await ask({ ask: "advance", seconds: 61 });
  must((await next()) === "out", "the session is alive after 30 minutes and a second");
  await page.goto("/console/tasks");
  await headed(page, "Sign in");
}
