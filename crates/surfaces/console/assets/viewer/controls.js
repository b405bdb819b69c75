// What hands do: the buttons below the stage, keys, the wheel, pointers.

const box = document.querySelector("[data-viewer]");
const stage = box ? new Stage(box) : undefined;
if (stage) control(stage);

function control(stage) {
  const { box, area } = stage;
  for (const plain of box.querySelectorAll("[data-plain]")) plain.hidden = true;
  const says = box.querySelector("[data-says]");
  const usual = says.textContent;
  stage.addEventListener("says", (event) => (says.textContent = event.detail || usual));
  const percent = box.querySelector("[data-percent]");
  const tell = () => (percent.textContent = `${Math.round((stage.view.scale / stage.fitting()) * 100)} %`);
  stage.addEventListener("move", tell);
  tell();
  const ways = {
    in: () => stage.zoom(1.5),
    out: () => stage.zoom(1 / 1.5),
    fit: () => stage.fit(),
    before: () => frameBy(-1),
    after: () => frameBy(1),
  };
  for (const link of box.querySelectorAll("[data-go]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      ways[link.dataset.go]?.();
    });
  }
  const frameBy = frames(stage);
  values(stage);
  keys(stage, ways);
  pointers(stage, area);
}

// The slider of frames. Each one it rests at is looked at.
function frames(stage) {
  const form = stage.box.querySelector("form[data-frames]");
  if (!form) return () => {};
  const slider = form.querySelector("input[type=range]");
  const number = form.querySelector("[data-frame]");
  const time = form.querySelector("[data-time]");
  const turn = () => {
    number.textContent = String(Number(slider.value) + 1);
    if (time) time.textContent = clock((Number(stage.box.dataset.seconds) * Number(slider.value)) / stage.frames);
    stage.ask({ frame: slider.value });
  };
  slider.addEventListener("input", turn);
  form.addEventListener("submit", (event) => event.preventDefault());
  return (by) => {
    slider.value = String(Number(slider.value) + by);
    turn();
  };
}

// A time in a film, as the page has it without script.
function clock(seconds) {
  const tenths = Math.floor(seconds * 10);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}

function values(stage) {
  const form = stage.box.querySelector("form[data-values]");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { window, level } = form.elements;
    // Both or neither: one alone says nothing.
    if ((window.value === "") !== (level.value === "")) {
      (window.value === "" ? window : level).focus();
      return;
    }
    stage.ask({ window: window.value, level: level.value });
  });
}

function keys(stage, ways) {
  const step = () => Math.max(24, stage.size.width / 10);
  const does = {
    "+": ways.in,
    "=": ways.in,
    "-": ways.out,
    0: ways.fit,
    PageUp: ways.before,
    PageDown: ways.after,
    ArrowLeft: () => stage.move(step(), 0),
    ArrowRight: () => stage.move(-step(), 0),
    ArrowUp: () => stage.move(0, step()),
    ArrowDown: () => stage.move(0, -step()),
  };
  stage.area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const act = does[event.key];
    // With a tool in hand, arrows lead the tool.
    if (!act || (stage.tool && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    act();
  });
}

// One finger or the mouse moves, two fingers go nearer. The wheel does where the stage has the focus, or with Ctrl, so that
// pages scroll past a picture.
function pointers(stage, area) {
  const down = new Map();
  const at = (event) => {
    const box = area.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  area.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== area) return;
    event.preventDefault();
    stage.zoom(Math.exp(-event.deltaY / 400), at(event));
  }, { passive: false });
  area.addEventListener("dblclick", (event) => {
    if (!stage.tool) stage.zoom(2, at(event));
  });
  area.addEventListener("pointerdown", (event) => {
    if (stage.tool || event.button > 0) return;
    area.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    area.classList.add("moving");
  });
  area.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (down.size === 2) {
      const other = [...down.entries()].find(([id]) => id !== event.pointerId)[1];
      const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
      stage.zoom(apart(now, other) / apart(before, other), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      stage.move(now.x - before.x, now.y - before.y);
    }
    down.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    area.addEventListener(end, (event) => {
      down.delete(event.pointerId);
      if (down.size === 0) area.classList.remove("moving");
    });
  }
}
