// Passkeys: the one thing here that cannot be done without script, for browsers have no other way to them.
for (const form of document.querySelectorAll("form[data-passkey]")) ready(form);

function ready(form) {
  const { passkey: way, options } = form.dataset;
  const button = form.querySelector("[data-passkey-go]");
  const says = form.querySelector("[data-passkey-says]");
  const reader = way === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential?.[reader]) {
    says.textContent = "This browser has no passkeys.";
    return;
  }
  const go = async (asked) => {
    button.disabled = true;
    says.textContent = "";
    try {
      const publicKey = PublicKeyCredential[reader](JSON.parse(options));
      const credential = await navigator.credentials[way]({ publicKey });
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      button.disabled = false;
      // What nobody asked for needs no excuse.
      if (asked) says.textContent = why(error);
    }
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    // A passkey that is made has a name; other fields of the form are another way, and may stay empty.
    if (form.elements.label?.reportValidity() ?? true) go(true);
  });
  if (form.dataset.atOnce !== undefined) go(false);
}

function why(error) {
  if (error.name === "InvalidStateError") return "This device has a passkey of yours already.";
  if (error.name === "NotAllowedError") return "Nothing was done. Try again, or use another way.";
  return "This passkey cannot be used here.";
}
