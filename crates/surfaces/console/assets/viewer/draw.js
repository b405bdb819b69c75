// Drawing: with pointers, and with keys alone.

function draw(stage, form) {
  const set = JSON.parse(form.dataset.draw);
  const may = form.dataset.may !== undefined;
  const marks = new Marks(set.annotations);
  const overlay = new Overlay(stage, marks);
  overlay.editable = may;
  listOf(stage, marks, may);
  chosen(stage, marks, may);
  if (!may) return;
  form.hidden = false;
  const pen = new Pen(stage, marks, overlay, form.querySelector("[data-class]"));
  toolbar(stage, marks, form, pen);
  saving(stage, marks, form);
}

// What turns pointers and keys into shapes. Places are kept in pixels of the picture, to a tenth.
class Pen {
  constructor(stage, marks, overlay, className) {
    Object.assign(this, { stage, marks, overlay, className });
    this.points = [];
    const { area } = stage;
    area.addEventListener("pointerdown", (event) => this.down(event));
    area.addEventListener("pointermove", (event) => this.move(event));
    area.addEventListener("pointerup", (event) => this.up(event));
    area.addEventListener("dblclick", () => this.close());
    area.addEventListener("keydown", (event) => this.key(event));
    stage.addEventListener("move", () => this.show());
  }

  use(tool) {
    this.stage.tool = tool === "move" ? undefined : tool;
    this.stage.area.classList.toggle("drawing", tool !== "move");
    this.drop();
  }

  drop() {
    this.points = [];
    this.next = undefined;
    this.cursor = undefined;
    this.show();
  }

  show() {
    this.overlay.show(this.stage.tool, this.points, this.next);
    this.overlay.cross(this.cursor);
  }

  inside({ x, y }) {
    const hold = (value, most) => Math.round(Math.min(most, Math.max(0, value)) * 10) / 10;
    return [hold(x, this.stage.width), hold(y, this.stage.height)];
  }

  at(event) {
    const box = this.stage.area.getBoundingClientRect();
    return this.inside(this.stage.toPicture(event.clientX - box.left, event.clientY - box.top));
  }

  isNear(a, b) {
    return Math.hypot(a[0] - b[0], a[1] - b[1]) * this.stage.view.scale < 10;
  }

  down(event) {
    if (!this.stage.tool || event.button > 0) return;
    this.cursor = undefined;
    this.started = this.at(event);
    if (this.stage.tool === "box" && this.points.length === 0) this.place(this.started);
    this.stage.area.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.stage.tool || this.points.length === 0) return;
    this.next = this.at(event);
    this.show();
  }

  // A box is drawn by dragging, or by two clicks; everything else by clicks.
  up(event) {
    if (!this.stage.tool || !this.started) return;
    const to = this.at(event);
    const began = this.started;
    this.started = undefined;
    if (this.stage.tool === "box" && this.points.length === 1 && began === this.points[0] && this.isNear(to, began)) return;
    this.place(to);
  }

  place(point) {
    const { tool } = this.stage;
    if (!this.className.value.trim()) {
      this.points = [];
      this.stage.say("Say first what it is: give a class.");
      this.className.focus();
      return;
    }
    if (tool === "point") return this.keep({ kind: "point", x: point[0], y: point[1] });
    if (tool === "polygon" && this.points.length > 2 && this.isNear(point, this.points[0])) return this.close();
    const last = this.points.at(-1);
    if (tool === "polygon" && last && this.isNear(point, last)) return;
    this.points.push(point);
    if (tool === "box" && this.points.length === 2) this.keepBox();
    this.show();
  }

  keepBox() {
    const shape = boxBetween(...this.points);
    if (shape.width < 0.1 || shape.height < 0.1) {
      this.points.pop();
      return;
    }
    this.keep(shape);
  }

  close() {
    if (this.stage.tool === "polygon" && this.points.length > 2) this.keep({ kind: "polygon", rings: [this.points] });
  }

  keep(shape) {
    const mark = { class: this.className.value.trim(), shape };
    if (this.stage.frames > 1) mark.frame = this.stage.frame;
    this.points = [];
    this.next = undefined;
    this.marks.add(mark);
    this.stage.say("");
    this.show();
  }

  key(event) {
    if (!this.stage.tool || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 / this.stage.view.scale : 12 / this.stage.view.scale;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (ways[event.key]) this.step(ways[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.put();
    else if (event.key === "Backspace") this.points.pop();
    else if (event.key === "Escape" && this.points.length > 0) this.drop();
    else return;
    event.preventDefault();
    this.show();
  }

  step([right, down]) {
    const { width, height } = this.stage.size;
    const from = this.cursor ?? this.stage.toPicture(width / 2, height / 2);
    const [x, y] = this.inside({ x: from.x + right, y: from.y + down });
    this.cursor = { x, y };
    if (this.points.length > 0) this.next = [x, y];
    this.stage.say(`${Math.round(x)}, ${Math.round(y)}`);
  }

  // Enter sets a corner; the same place twice closes a polygon.
  put() {
    if (!this.cursor) this.step([0, 0]);
    const point = [this.cursor.x, this.cursor.y];
    const last = this.points.at(-1);
    if (this.stage.tool === "polygon" && last && this.isNear(point, last)) this.close();
    else this.place(point);
  }
}

// Choosing a shape, moving it or a corner of it, removing it.
function chosen(stage, marks, may) {
  const { area } = stage;
  let hold;
  const at = (event) => {
    const box = area.getBoundingClientRect();
    const { x, y } = stage.toPicture(event.clientX - box.left, event.clientY - box.top);
    return [Math.min(stage.width, Math.max(0, x)), Math.min(stage.height, Math.max(0, y))];
  };
  area.addEventListener("pointerdown", (event) => {
    if (stage.tool || event.button > 0) return;
    const corner = event.target.dataset?.corner;
    const index = event.target.dataset?.index;
    if (corner !== undefined && may) hold = { corner: Number(corner) };
    else {
      marks.choose(index === undefined ? -1 : Number(index));
      return;
    }
    event.stopImmediatePropagation();
    area.setPointerCapture(event.pointerId);
  }, true);
  area.addEventListener("pointermove", (event) => {
    if (!hold) return;
    const mark = marks.list[marks.chosen];
    const shape = withCorner(mark.shape, hold.corner, at(event).map((side) => Math.round(side * 10) / 10));
    // One change for one pull, however far.
    if (hold.begun) marks.go(marks.list.map((old, place) => (place === marks.chosen ? { ...mark, shape } : old)), marks.chosen);
    else marks.replace(marks.chosen, { ...mark, shape });
    hold.begun = true;
  });
  for (const end of ["pointerup", "pointercancel"]) area.addEventListener(end, () => (hold = undefined));
  area.addEventListener("keydown", (event) => {
    const mark = marks.list[marks.chosen];
    if (!mark || stage.tool || !may || event.ctrlKey || event.metaKey) return;
    const by = event.shiftKey ? 10 : 1;
    const ways = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
    if (event.key === "Delete" || event.key === "Backspace") marks.remove(marks.chosen);
    else if (event.key === "Escape") marks.choose(-1);
    else if (ways[event.key] && mark.shape.kind !== "tag") {
      const shape = movedBy(mark.shape, ...ways[event.key]);
      const isInside = corners[shape.kind](shape).every(([x, y]) => x >= 0 && y >= 0 && x <= stage.width && y <= stage.height);
      if (isInside) marks.replace(marks.chosen, { ...mark, shape });
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}
