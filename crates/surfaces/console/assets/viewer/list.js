// The tools' buttons, the list of what is said, and keeping it.

function toolbar(stage, marks, form, pen) {
  const tools = [...form.querySelectorAll("[data-tool]")];
  const use = (tool) => {
    for (const button of tools) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    pen.use(tool);
  };
  for (const button of tools) {
    button.addEventListener("click", () => {
      use(button.dataset.tool);
      stage.area.focus({ preventScroll: true });
    });
  }
  form.querySelector("[data-tag]").addEventListener("click", () => {
    const name = pen.className.value.trim();
    if (name) marks.add({ class: name, shape: { kind: "tag" } });
    else pen.className.focus();
  });
  const undo = form.querySelector("[data-undo]");
  const redo = form.querySelector("[data-redo]");
  const save = form.querySelector("[data-save]");
  undo.addEventListener("click", () => marks.undo());
  redo.addEventListener("click", () => marks.redo());
  const tell = () => {
    undo.disabled = marks.past.length === 0;
    redo.disabled = marks.future.length === 0;
    save.disabled = !marks.changed;
  };
  marks.addEventListener("change", tell);
  stage.box.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=range])");
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z" && !isTyping) {
      event.preventDefault();
      if (event.shiftKey) marks.redo();
      else marks.undo();
      return;
    }
    const tool = { v: "move", b: "box", p: "polygon", k: "point" }[key];
    if (!tool || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    use(tool);
  });
}

// Without script the same list comes with the page.
function listOf(stage, marks, may) {
  const list = document.querySelector("[data-marks]");
  const count = document.querySelector("[data-count]");
  if (!list) return;
  const element = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const aboutOf = (mark) => {
    const frame = mark.frame === undefined ? "" : ` · frame ${mark.frame + 1}`;
    return placeOf(mark.shape) + frame + (mark.text ? ` · ${mark.text}` : "");
  };
  const row = (mark, index) => {
    const item = element("li", index === marks.chosen ? "chosen" : "");
    const text = element("div", "row-text");
    const name = may ? element("button", "link", mark.class) : element("b", "", mark.class);
    if (may) {
      name.type = "button";
      name.setAttribute("aria-pressed", String(index === marks.chosen));
      name.addEventListener("click", () => choose(index));
    }
    const about = element("p", "", aboutOf(mark));
    text.append(name, " ", element("span", "badge", mark.shape.kind), about);
    if (may && index === marks.chosen) text.append(words(mark, index, about));
    item.append(text);
    if (may) {
      const remove = element("button", "button bare", "Remove");
      remove.type = "button";
      remove.setAttribute("aria-label", `Remove ${mark.class}, ${placeOf(mark.shape)}`);
      remove.addEventListener("click", () => {
        marks.remove(index);
        stage.area.focus({ preventScroll: true });
      });
      item.append(remove);
    }
    return item;
  };
  // What is typed is one change, however long; the field stays where it is meanwhile.
  const words = (mark, index, about) => {
    const field = element("div", "field");
    const label = element("label", "", "Words about it");
    const input = element("input", "input");
    label.htmlFor = input.id = `words-${index}`;
    Object.assign(input, { value: mark.text ?? "", maxLength: 2000, autocomplete: "off" });
    input.dataset.words = "";
    let begun = false;
    input.addEventListener("input", () => {
      const { text, ...rest } = marks.list[index];
      const said = input.value.trim() ? { ...rest, text: input.value.trim() } : rest;
      if (begun) marks.go(marks.list.map((old, place) => (place === index ? said : old)), index);
      else marks.replace(index, said);
      begun = true;
      about.textContent = aboutOf(said);
    });
    // Enter is done with it, as in other lists.
    input.addEventListener("keydown", (event) => event.key === "Enter" && stage.area.focus({ preventScroll: true }));
    field.append(label, input);
    return field;
  };
  const choose = (index) => {
    marks.choose(index);
    stage.area.focus({ preventScroll: true });
  };
  const show = () => {
    const typing = document.activeElement;
    if (typing?.dataset.words !== undefined && typing.id === `words-${marks.chosen}`) return;
    const rows = marks.list.map(row);
    const none = element("li", "none");
    none.append(element("p", "quiet", list.dataset.none));
    list.replaceChildren(...(rows.length > 0 ? rows : [none]));
    count.textContent = `${marks.list.length} ${marks.list.length === 1 ? "annotation" : "annotations"}`;
  };
  marks.addEventListener("change", show);
  show();
}

// Sent without leaving the page, so that nothing that was drawn is lost when the server says no.
function saving(stage, marks, form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const size = { width: stage.width, height: stage.height };
    const body = new URLSearchParams(new FormData(form));
    const sent = marks.list;
    body.set("set", JSON.stringify({ size, annotations: sent }));
    stage.say("Saving…");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/plain" } });
      const kind = answer.headers.get("content-type") ?? "";
      if (!kind.startsWith("text/plain")) {
        stage.say("You are signed out. Sign in in another tab, then save again.");
        return;
      }
      const says = await answer.text();
      if (!answer.ok) {
        stage.say(says);
        return;
      }
      form.elements.basis.value = says;
      marks.kept = sent;
      marks.dispatchEvent(new Event("change"));
      stage.say("Saved.");
    } catch {
      stage.say("The connection broke. Save again.");
    }
  });
  addEventListener("beforeunload", (event) => {
    if (marks.changed) event.preventDefault();
  });
}

// Last, when every class above is there.
const form = stage?.box.querySelector("form[data-draw]");
if (form) draw(stage, form);
