// The viewer of a picture: near and far, aside, frames and values, without leaving the page. Without it, links and a form
// do the same. Coordinates of the picture are its own pixels, whatever is drawn of it at present.

// Parts are asked for when the picture has come to rest, so that moving about is one look and not fifty.
const REST = 280;
const NEAREST = 32;
const LONGEST_SIDE = 2048;

class Stage extends EventTarget {
  constructor(box) {
    super();
    this.box = box;
    this.area = box.querySelector(".stage");
    this.width = Number(box.dataset.width);
    this.height = Number(box.dataset.height);
    this.frames = Number(box.dataset.frames);
    this.sizes = box.dataset.sizes?.split(" ").map((size) => size.split("x").map(Number));
    this.first = this.area.querySelector("img");
    this.asked = new Map(new URLSearchParams(location.search));
    this.view = { scale: 1, x: 0, y: 0 };
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", this.first.alt);
    this.area.append(this.canvas);
    new ResizeObserver(() => this.resize()).observe(this.area);
    this.resize();
    this.begin();
  }

  // What the page came with is shown first: the whole, or the part that its address names.
  begin() {
    const part = ["x", "y", "w", "h"].map((name) => Number(this.asked.get(name)));
    const isPart = this.asked.has("w");
    for (const name of ["x", "y", "w", "h", "page"]) this.asked.delete(name);
    this.fit();
    const take = () => {
      this.first.hidden = true;
      this.say("");
      this.box.dataset.drawn = "";
      const rect = isPart ? { x: part[0], y: part[1], width: part[2], height: part[3] } : this.all();
      const drawn = { picture: this.first, rect, near: this.first.naturalWidth / rect.width };
      if (isPart) {
        this.detail = drawn;
        this.show(rect);
        this.loadWhole();
      } else {
        this.whole = drawn;
      }
      this.paint();
    };
    if (this.first.complete) this.first.naturalWidth > 0 ? take() : this.failed();
    else {
      // Whoever listens to what is said is not there yet.
      setTimeout(() => this.box.dataset.drawn === undefined && this.say("Drawing…"), 400);
      this.first.addEventListener("load", take, { once: true });
      this.first.addEventListener("error", () => this.failed(), { once: true });
    }
  }

  failed() {
    this.say("This picture could not be drawn.");
  }

  get frame() {
    return Number(this.asked.get("frame") ?? 0);
  }

  all() {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  say(text) {
    this.dispatchEvent(new CustomEvent("says", { detail: text }));
  }

  // ---- where one looks

  resize() {
    const { clientWidth: width, clientHeight: height } = this.area;
    const dense = window.devicePixelRatio || 1;
    const before = this.size;
    this.size = { width, height, dense };
    this.canvas.width = Math.max(1, Math.round(width * dense));
    this.canvas.height = Math.max(1, Math.round(height * dense));
    // Before the page is laid out the stage has no size, and nothing was near or far.
    const wasNowhere = !before || before.width === 0 || before.height === 0;
    if (wasNowhere || Math.abs(this.view.scale - this.fitting(before)) < 1e-9) this.fit();
    else this.moved();
  }

  fitting(size = this.size) {
    return Math.min(size.width / this.width, size.height / this.height, 4) || 1;
  }

  fit() {
    this.show(this.all());
  }

  // Goes as near as this part of the picture fits.
  show(rect) {
    const scale = Math.min(this.size.width / rect.width, this.size.height / rect.height, NEAREST);
    const bounded = rect.width === this.width ? Math.min(scale, 4) : scale;
    this.view = {
      scale: bounded,
      x: (this.size.width - rect.width * bounded) / 2 - rect.x * bounded,
      y: (this.size.height - rect.height * bounded) / 2 - rect.y * bounded,
    };
    this.moved();
  }

  // Nearer or farther around a point of the stage, which stays where it is.
  zoom(times, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const least = Math.min(this.fitting(), 1);
    const scale = Math.min(Math.max(this.view.scale * times, least), NEAREST);
    const by = scale / this.view.scale;
    this.view = { scale, x: at.x - (at.x - this.view.x) * by, y: at.y - (at.y - this.view.y) * by };
    this.moved();
  }

  move(right, down) {
    this.view = { ...this.view, x: this.view.x + right, y: this.view.y + down };
    this.moved();
  }

  // The picture never leaves the stage: it stays in the middle where it is smaller, and covers it where it is larger.
  moved() {
    const hold = (start, length, room) => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start)));
    const { scale } = this.view;
    this.view.x = hold(this.view.x, this.width * scale, this.size.width);
    this.view.y = hold(this.view.y, this.height * scale, this.size.height);
    this.paint();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rested(), REST);
    this.dispatchEvent(new Event("move"));
  }

  toPicture(x, y) {
    return { x: (x - this.view.x) / this.view.scale, y: (y - this.view.y) / this.view.scale };
  }

  toStage(point) {
    return { x: point.x * this.view.scale + this.view.x, y: point.y * this.view.scale + this.view.y };
  }

  // The part that can be seen, in whole pixels of the picture.
  seen() {
    const from = this.toPicture(0, 0);
    const to = this.toPicture(this.size.width, this.size.height);
    const x = Math.max(0, Math.floor(from.x));
    const y = Math.max(0, Math.floor(from.y));
    const right = Math.min(this.width, Math.ceil(to.x));
    const down = Math.min(this.height, Math.ceil(to.y));
    return { x, y, width: Math.max(1, right - x), height: Math.max(1, down - y) };
  }

  // ---- what is drawn

  paint() {
    if (this.painting) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = undefined;
      const pen = this.canvas.getContext("2d");
      const { scale, x, y } = this.view;
      const { dense } = this.size;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
      pen.setTransform(scale * dense, 0, 0, scale * dense, x * dense, y * dense);
      for (const drawn of [this.whole, this.detail]) {
        if (!drawn) continue;
        // Near enough to count pixels, they are shown as they are.
        pen.imageSmoothingEnabled = scale < 6;
        pen.drawImage(drawn.picture, drawn.rect.x, drawn.rect.y, drawn.rect.width, drawn.rect.height);
      }
    });
  }

  // Asks for the part in sight where what is there is too coarse for how near one is.
  rested() {
    const wanted = Math.min(this.view.scale * this.size.dense, 1);
    const seen = this.seen();
    if (!this.whole || this.whole.near >= wanted * 0.9) return;
    const has = this.detail?.rect;
    const inside = has && has.x <= seen.x && has.y <= seen.y && has.x + has.width >= seen.x + seen.width && has.y + has.height >= seen.y + seen.height;
    if (inside && this.detail.near >= wanted * 0.9) return;
    this.loadDetail(this.around(seen), wanted);
  }

  // With a margin, so that a small step needs nothing new.
  around(seen) {
    const margin = Math.round(Math.max(seen.width, seen.height) / 8);
    const x = Math.max(0, seen.x - margin);
    const y = Math.max(0, seen.y - margin);
    const right = Math.min(this.width, seen.x + seen.width + margin);
    const down = Math.min(this.height, seen.y + seen.height + margin);
    return { x, y, width: right - x, height: down - y };
  }

  async loadDetail(rect, near) {
    const side = (length) => String(Math.min(LONGEST_SIDE, Math.max(1, Math.ceil(length * near))));
    const part = { x: rect.x, y: rect.y, w: rect.width, h: rect.height, width: side(rect.width), height: side(rect.height) };
    const picture = await this.load(part);
    if (picture) this.detail = { picture, rect, near: picture.width / rect.width };
    this.paint();
  }

  async loadWhole() {
    const picture = await this.load({});
    if (!picture) return;
    this.detail = undefined;
    this.whole = { picture, rect: this.all(), near: picture.width / this.width };
    this.paint();
    this.rested();
  }

  // One view from the server, or nothing when another was asked for meanwhile.
  async load(part) {
    this.under?.abort();
    const under = new AbortController();
    this.under = under;
    const query = new URLSearchParams([...this.asked, ...Object.entries(part)].map(([name, value]) => [name, String(value)]));
    if (this.box.dataset.version) query.set("version", this.box.dataset.version);
    const busy = setTimeout(() => this.say("Drawing…"), 400);
    try {
      const answer = await fetch(`${this.box.dataset.source}?${query}`, { signal: under.signal });
      if (answer.redirected) location.reload();
      const kind = answer.headers.get("content-type") ?? "";
      if (!answer.ok || !kind.startsWith("image/")) return this.failed();
      const picture = await createImageBitmap(await answer.blob());
      this.say("");
      return picture;
    } catch (error) {
      if (error.name !== "AbortError") this.failed();
      return undefined;
    } finally {
      clearTimeout(busy);
    }
  }

  // Another frame, or other values: what is drawn is drawn anew, where one looks stays.
  ask(pairs) {
    for (const [name, value] of Object.entries(pairs)) {
      if (value === "" || value === undefined) this.asked.delete(name);
      else this.asked.set(name, value);
    }
    this.turned();
    this.dispatchEvent(new Event("frame"));
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.loadWhole(), 160);
  }

  // Pages of one document may differ in size; where one looked on the one says nothing of the next.
  turned() {
    const [width, height] = this.sizes?.[this.frame] ?? [this.width, this.height];
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.whole = undefined;
    this.detail = undefined;
    this.fit();
  }
}
