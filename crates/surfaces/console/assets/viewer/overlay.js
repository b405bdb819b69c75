// Shapes over the picture. They are drawn in pixels of the picture under a transformation, so that they stay where they are
// however near one goes; lines and handles keep their width.

const SVG = "http://www.w3.org/2000/svg";

class Overlay {
  constructor(stage, marks) {
    this.stage = stage;
    this.marks = marks;
    this.root = document.createElementNS(SVG, "svg");
    this.root.setAttribute("class", "overlay");
    this.root.setAttribute("aria-hidden", "true");
    this.shapes = this.group();
    this.labels = this.group();
    this.handles = this.group();
    this.draft = this.group();
    stage.area.append(this.root);
    stage.addEventListener("move", () => this.paint());
    stage.addEventListener("frame", () => this.paint());
    marks.addEventListener("change", () => this.paint());
    this.paint();
  }

  group() {
    return this.root.appendChild(document.createElementNS(SVG, "g"));
  }

  // Of a picture with frames, the marks of this one and those of all.
  isHere(mark) {
    return mark.frame === undefined || mark.frame === this.stage.frame;
  }

  paint() {
    const nodes = this.marks.list.map((mark, index) => (this.isHere(mark) ? this.shape(mark.shape, index) : undefined));
    this.shapes.replaceChildren(...nodes.filter(Boolean));
    this.labels.replaceChildren(...this.marks.list.flatMap((mark, index) => this.label(mark, index)));
    const chosen = this.marks.list[this.marks.chosen];
    this.handles.replaceChildren(...(chosen && this.isHere(chosen) && this.editable ? corners[chosen.shape.kind](chosen.shape).map((corner, index) => this.handle(corner, index)) : []));
  }

  shape(shape, index) {
    if (shape.kind === "tag") return undefined;
    const node = this.outline(shape);
    node.dataset.index = index;
    node.setAttribute("class", index === this.marks.chosen ? "mark chosen" : "mark");
    return node;
  }

  outline(shape) {
    const node = document.createElementNS(SVG, shape.kind === "point" ? "circle" : "path");
    if (shape.kind === "point") {
      const { x, y } = this.stage.toStage(shape);
      for (const [name, value] of [["cx", x], ["cy", y], ["r", 6]]) node.setAttribute(name, value);
      return node;
    }
    const rings = shape.kind === "box" ? [corners.box(shape)] : shape.rings;
    node.setAttribute("d", rings.map((ring) => `M${ring.map((corner) => this.at(corner)).join("L")}Z`).join(""));
    node.setAttribute("fill-rule", "evenodd");
    return node;
  }

  at([x, y]) {
    const point = this.stage.toStage({ x, y });
    return `${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
  }

  label(mark, index) {
    if (mark.shape.kind === "tag" || !this.isHere(mark)) return [];
    const all = corners[mark.shape.kind](mark.shape);
    const top = all.reduce((best, corner) => (corner[1] < best[1] || (corner[1] === best[1] && corner[0] < best[0]) ? corner : best));
    const { x, y } = this.stage.toStage({ x: top[0], y: top[1] });
    const text = document.createElementNS(SVG, "text");
    text.textContent = mark.class;
    text.setAttribute("x", Math.max(4, x + (mark.shape.kind === "point" ? 10 : 1)));
    text.setAttribute("y", Math.max(14, y - 6));
    text.setAttribute("class", index === this.marks.chosen ? "chosen" : "");
    return [text];
  }

  handle([x, y], index) {
    const node = document.createElementNS(SVG, "circle");
    const point = this.stage.toStage({ x, y });
    for (const [name, value] of [["cx", point.x], ["cy", point.y], ["r", 5]]) node.setAttribute(name, value);
    node.setAttribute("class", "handle");
    node.dataset.corner = index;
    return node;
  }

  // What is being drawn: the corners so far, and where the next would be.
  show(kind, points, next) {
    const nodes = [];
    const all = next ? [...points, next] : points;
    if (kind === "box" && all.length > 1) nodes.push(this.outline(boxBetween(all[0], all[1])));
    if (kind === "polygon" && all.length > 1) {
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("d", `M${all.map((corner) => this.at(corner)).join("L")}`);
      line.setAttribute("class", "open");
      nodes.push(line);
    }
    for (const corner of points) nodes.push(this.handle(corner, ""));
    this.draft.replaceChildren(...nodes);
  }

  // Where the keys are, while something is drawn with them.
  cross(point) {
    this.root.querySelector(".cross")?.remove();
    if (!point) return;
    const { x, y } = this.stage.toStage(point);
    const node = document.createElementNS(SVG, "path");
    node.setAttribute("class", "cross");
    node.setAttribute("d", `M${x - 14} ${y}h28M${x} ${y - 14}v28`);
    this.root.append(node);
  }
}
