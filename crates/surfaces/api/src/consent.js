// Consent for pages: one click gives it, one click takes it back. No cookie, nothing stored, nothing from elsewhere.
//
//   <script src="https://bailee.example/consent.js" data-key="bailee_..." defer></script>
//   <form>
//     <input type="email" name="email">
//     <button type="button" data-consent="give" data-purpose="newsletter" data-notice="1">I agree</button>
//     <button type="button" data-consent="withdraw" data-purpose="newsletter">I take it back</button>
//   </form>
//
// Who it is: `data-person="external:7"` on the button, or what stands in the form's field `email`. Each button gets an event
// `bailee:consent` with `detail.given`, and `detail.entry` or `detail.error`. By hand: `bailee.give(purpose, person, notice)` and
// `bailee.withdraw(purpose, person)`.
(() => {
  "use strict";
  const script = document.currentScript;
  const door = new URL("/v1/consents/browser", script.src).href;
  const key = script.dataset.key;
  // Global Privacy Control: the server hears it as well, and refuses consent to have data sold or shared.
  const objects = navigator.globalPrivacyControl === true;

  const send = async (said) => {
    // Text needs no question beforehand, so that a page that is being left can still say it.
    const answer = await fetch(door, {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      keepalive: true,
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({ key, objects, ...said }),
    });
    const told = await answer.json();
    if (!answer.ok) {
      throw Object.assign(new Error(told.detail), { status: answer.status });
    }
    return told;
  };

  const give = async (purpose, person, notice) => {
    // Nobody agrees by a page having been opened.
    if (navigator.userActivation && !navigator.userActivation.isActive) {
      throw new Error("consent is an act: call this when the person clicks");
    }
    return send({ purpose, person, given: true, notice: Number(notice), act: "clicked" });
  };

  const withdraw = (purpose, person) => send({ purpose, person, given: false });

  const personOf = (button) => {
    const field = button.form && button.form.elements.namedItem("email");
    return button.dataset.person || (field && field.value ? `email:${field.value}` : "");
  };

  const clicked = async (event) => {
    const button = event.target.closest && event.target.closest("[data-consent]");
    if (!button) return;
    event.preventDefault();
    if (!event.isTrusted) return;
    const { consent, purpose, notice } = button.dataset;
    const given = consent === "give";
    const detail = { given };
    button.setAttribute("aria-busy", "true");
    try {
      const person = personOf(button);
      detail.entry = await (given ? give(purpose, person, notice) : withdraw(purpose, person));
    } catch (error) {
      detail.error = error;
    }
    button.removeAttribute("aria-busy");
    button.dispatchEvent(new CustomEvent("bailee:consent", { bubbles: true, detail }));
  };

  document.addEventListener("click", clicked);
  window.bailee = Object.freeze({ give, withdraw, objects });
})();
