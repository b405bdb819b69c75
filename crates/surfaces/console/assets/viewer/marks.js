// What is said about a picture, as a list that remembers: every change can be undone, and the list before it comes back whole.

class Marks extends EventTarget {
  constructor(list) {
    super();
    this.list = list;
    this.kept = list;
    this.past = [];
    this.future = [];
    this.chosen = -1;
  }

  // A change replaces the list; nothing in it is changed in place, so that the list before stays as it was.
  put(list, chosen = -1) {
    this.past.push(this.list);
    this.future = [];
    this.go(list, chosen);
  }

  go(list, chosen) {
    this.list = list;
    this.chosen = chosen;
    this.dispatchEvent(new Event("change"));
  }

  add(mark) {
    this.put([...this.list, mark], this.list.length);
  }

  remove(index) {
    this.put(this.list.filter((_, place) => place !== index));
  }

  replace(index, mark) {
    this.put(this.list.map((old, place) => (place === index ? mark : old)), index);
  }

  choose(index) {
    if (index !== this.chosen) this.go(this.list, index);
  }

  undo() {
    if (this.past.length === 0) return;
    this.future.push(this.list);
    this.go(this.past.pop(), -1);
  }

  redo() {
    if (this.future.length === 0) return;
    this.past.push(this.list);
    this.go(this.future.pop(), -1);
  }

  get changed() {
    return this.list !== this.kept;
  }

  saved() {
    this.kept = this.list;
    this.dispatchEvent(new Event("change"));
  }
}

// Corners that can be taken hold of, and the same shape with one of them elsewhere.
const corners = {
  box: ({ x, y, width, height }) => [[x, y], [x + width, y], [x + width, y + height], [x, y + height]],
  polygon: ({ rings }) => rings.flat(),
  point: ({ x, y }) => [[x, y]],
  tag: () => [],
};

function withCorner(shape, index, [x, y]) {
  if (shape.kind === "point") return { ...shape, x, y };
  if (shape.kind === "box") return boxBetween(corners.box(shape)[(index + 2) % 4], [x, y]);
  let before = 0;
  const rings = shape.rings.map((ring) => {
    const own = index - before;
    before += ring.length;
    return ring.map((corner, place) => (place === own ? [x, y] : corner));
  });
  return { ...shape, rings };
}

function movedBy(shape, right, down) {
  if (shape.kind === "polygon") {
    return { ...shape, rings: shape.rings.map((ring) => ring.map(([x, y]) => [x + right, y + down])) };
  }
  return { ...shape, x: shape.x + right, y: shape.y + down };
}

function boxBetween([ax, ay], [bx, by]) {
  return { kind: "box", x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(ax - bx), height: Math.abs(ay - by) };
}

// A place as people read it, to the pixel.
function placeOf(shape) {
  const whole = (number) => Math.round(number);
  if (shape.kind === "box") return `${whole(shape.width)} × ${whole(shape.height)} at ${whole(shape.x)}, ${whole(shape.y)}`;
  if (shape.kind === "polygon") return `${shape.rings.flat().length} corners from ${shape.rings[0][0].map(whole).join(", ")}`;
  if (shape.kind === "point") return `at ${whole(shape.x)}, ${whole(shape.y)}`;
  return "the whole picture";
}
