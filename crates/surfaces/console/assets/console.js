// Small conveniences. Every page works without them.

// Copies what a button names.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.textContent.trim());
    button.querySelector("span").textContent = "Copied";
  });
}

// Closes what was only to be read.
for (const button of document.querySelectorAll("[data-close]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest(".notice").remove());
}

// On a narrow screen the view one is on may lie beside what is seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

// Applies a filter as soon as it is chosen.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Warns before a session ends. The clock that decides is the server's; this one only counts down from what it said.
const warning = document.getElementById("session-ends");
if (warning) {
  let ends = performance.now() + Number(warning.dataset.seconds) * 1000;
  const text = warning.querySelector("[data-left]");
  warning.querySelector("[data-stay]").addEventListener("click", async (event) => {
    const csrf = document.querySelector("input[name=csrf]").value;
    const answer = await fetch(event.currentTarget.dataset.stay, { method: "POST", body: new URLSearchParams({ csrf }) });
    if (answer.ok) ends = performance.now() + Number(await answer.text()) * 1000;
  });
  const tick = () => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    warning.hidden = left > 120;
    if (left <= 0) {
      location.assign(warning.dataset.then);
      return;
    }
    if (!warning.hidden && (left % 30 === 0 || left <= 10)) {
      text.textContent = left === 1 ? "1 second" : `${left} seconds`;
    }
    setTimeout(tick, 1000);
  };
  tick();
}
