// Walks through the page for people of a real server, as somebody who wants to know what is kept about them, and then wants it gone.
//
//   node person.mjs
//
// The test that starts it says the first line: where the page is, who they are and what they write. Then this program asks for what only the
// other side can do: reading letters, answering requests, looking for what is left.
import { judge, launch } from "./eyes.mjs";
import { ask, heard, must, say } from "./lines.mjs";

const begin = await heard();
const found = [];
let step = "";
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ignoreHTTPSErrors: true, baseURL: begin.url, locale: "en", reducedMotion: "reduce", acceptDownloads: true });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
for (const event of ["pageerror", "console"]) {
  page.on(event, (told) => (event === "pageerror" || (told.type() === "error" && !told.text().startsWith("Failed to load resource"))) && found.push(`${step}: ${event === "pageerror" ? told.message : told.text()}`));
}
try {
  await walk();
} catch (error) {
  found.push(`${step}: ${error.message}`, `  at ${page.url()}: ${(await page.locator("main").innerText().catch(() => "no page")).slice(0, 600)}`);
} finally {
  await browser.close();
}
say({ found });
process.exit(found.length === 0 ? 0 : 1);

async function at(name, act) {
  step = name;
  say({ step: name });
  return act();
}

function press(name) {
  return page.getByRole("button", { name, exact: true }).click();
}

async function headed(title) {
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await judge(page, (what) => found.push(`${step}, ${title}: ${what}`));
}

// Asks for something, types the code in, and gives the path of what was asked for.
async function asks(kind, title) {
  await page.goto(begin.page);
  await headed("Your data at Northlake Imaging");
  await page.getByRole("link", { name: title }).click();
  await headed(title);
  await page.getByLabel("Your name").fill(begin.name);
  await page.getByLabel("What do you ask for?").fill(begin.words[kind]);
  await provesAddress();
  await headed(title);
  must((await page.getByText(begin.words[kind]).count()) === 1, "what was written is not shown");
  return new URL(page.url()).pathname;
}

async function provesAddress() {
  await page.getByLabel("Your e-mail address").fill(begin.email);
  await press("Send me a code");
  await headed("Type in the code");
  await page.getByLabel("The code from the letter").fill(await ask({ ask: "code" }));
  await press("Go on");
}

function idOf(path) {
  return path.split("/").pop();
}

async function walk() {
  const access = await at("asks to see what is kept", async () => {
    const path = await asks("access", "See my data");
    must((await page.getByRole("button", { name: "Download" }).count()) === 0, "something is handed out before it is known who asks");
    return path;
  });

  await at("agrees to something", async () => {
    await page.getByRole("link", { name: "What you agreed to" }).first().click();
    await headed("What you agreed to");
    await press("I agree");
    await page.getByText("We have recorded what you said.").waitFor();
  });

  await at("takes the package", async () => {
    await ask({ ask: "answer-access", request: idOf(access) });
    await page.goto(access);
    await headed("See my data");
    const download = page.waitForEvent("download");
    await press("Download");
    await (await download).saveAs(begin.package);
    await ask({ ask: "taken" });
  });

  await at("sees who had access", async () => {
    await page.getByRole("link", { name: "Who had access" }).first().click();
    await headed("Who had access");
    must((await page.getByText(begin.file).count()) > 0, "the letter is not listed");
    must((await page.getByText("by somebody at Northlake Imaging").count()) > 0, "nobody is said to have had it");
  });

  const erasure = await at("asks to be erased", () => asks("erasure", "Erase my data"));

  await at("is erased, and follows it", async () => {
    // Another page was left open on the way to the package.
    const left = await context.newPage();
    await left.goto(access);
    const button = left.getByRole("button", { name: "Download" });
    await button.waitFor();
    await ask({ ask: "answer-erasure", request: idOf(erasure) });
    await Promise.all([left.waitForEvent("load"), button.click()]);
    must((await left.locator("h1").innerText()) === "There is nothing here", `the package: ${await left.locator("main").innerText()}`);
    await left.close();
    await page.goto(erasure);
    await headed("Erase my data");
    await page.getByText("All of it is gone.").waitFor();
    await page.goto(access);
    await headed("See my data");
    must((await page.getByText(begin.words.access).count()) === 0, "what was written is still shown");
    must((await page.getByRole("button", { name: "Download" }).count()) === 0, "a package is still offered");
    await page.getByRole("link", { name: "Who had access" }).first().click();
    await page.getByText("keeps nothing that is about you alone").waitFor();
  });

  await at("reads the answer once more, a fortnight later", async () => {
    await ask({ ask: "later" });
    await page.goto(erasure);
    await headed("Is it you?");
    await provesAddress();
    await page.getByText("All of it is gone.").waitFor();
  });
}
