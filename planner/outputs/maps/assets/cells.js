// All cells in one canvas: geometry flattened once, only what changed drawn again.

const CellLayer = L.Layer.extend({
  initialize({ grid, cells }) {
    grid.shapes ||= grid.rings.map((rings) => rings.map(flatMercator));
    grid.find ||= cellFinder(grid.rings);
    this.shapes = grid.shapes;
    this.classes = new Int8Array(cells.length).fill(-1);
    this.colours = [];
    this.find = (point) => cells[grid.find(point)] || null;
  },

  onAdd(map) {
    this.canvas = make('canvas.cells');
    map.getPane('cells').append(this.canvas);
    map.on('moveend resize', this.place, this);
    this.place();
  },

  onRemove(map) {
    this.canvas.remove();
    map.off('moveend resize', this.place, this);
  },

  /** Show new classes; only cells that changed are drawn again, unless the colours changed too. */
  show(classes, colours) {
    const before = this.classes;
    const recoloured = colours.join() !== this.colours.join();
    this.classes = classes;
    this.colours = colours;
    if (!this._map) return;
    if (recoloured) this.draw();
    else this.redraw(changes(before, classes));
  },

  /** Lay the canvas over the view, with a margin so that a drag does not uncover an edge at once. */
  place() {
    const size = this._map.getSize();
    const margin = size.multiplyBy(0.15).round();
    const corner = this._map.containerPointToLayerPoint(margin.multiplyBy(-1));
    const whole = size.add(margin.multiplyBy(2));
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    L.DomUtil.setPosition(this.canvas, corner);
    Object.assign(this.canvas, { width: whole.x * sharp, height: whole.y * sharp });
    Object.assign(this.canvas.style, { width: whole.x + 'px', height: whole.y + 'px' });
    const origin = this._map.getPixelOrigin().add(corner);
    const scale = sharp * 256 * 2 ** this._map.getZoom();
    this.frame = { scale, left: -origin.x * sharp, top: -origin.y * sharp };
    this.draw();
  },

  draw() {
    const context = this.canvas.getContext('2d');
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    paintCells(context, this, this.frame);
  },

  redraw(changed) {
    if (!changed.length) return;
    const context = this.canvas.getContext('2d');
    context.globalCompositeOperation = 'destination-out';
    for (const i of changed)
      if (this.classes[i] < 0)
        this.shapes[i].forEach((ring) => fillRing(context, ring, this.frame, 0));
    context.globalCompositeOperation = 'source-over';
    paintCells(context, this, this.frame, changed);
  },
});

/** Places where two lists differ. */
function changes(before, after) {
  const found = [];
  for (let i = 0; i < after.length; i += 1) if (after[i] !== before[i]) found.push(i);
  return found;
}

/** A ring on the Mercator plane as x, y, x, y, …, with its middle and its reach. */
function flatMercator(ring) {
  const points = ring.map(mercator);
  const [west, north, east, south] = boundsOf(points);
  return {
    corners: Float64Array.from(points.flat()),
    x: (west + east) / 2,
    y: (north + south) / 2,
    reach: Math.max(east - west, south - north) / 2 || 1,
  };
}

/** Fill cells in the colour of their class. `frame` takes the Mercator plane to pixels. */
function paintCells(context, layer, frame, only = layer.classes.keys()) {
  for (const i of only) {
    if (layer.classes[i] < 0) continue;
    context.fillStyle = layer.colours[layer.classes[i]];
    for (const ring of layer.shapes[i]) fillRing(context, ring, frame, 0.45);
  }
}

/**
 * Fill one ring, grown by part of a pixel so that no seam shows between neighbours.
 * One path a ring: the browser's time for one path of all rings grows with the square of their number.
 */
function fillRing(context, { corners, x, y, reach }, { scale, left, top }, grown) {
  const size = scale * (1 + grown / (reach * scale));
  const [dx, dy] = [x * scale + left - x * size, y * scale + top - y * size];
  context.beginPath();
  context.moveTo(corners[0] * size + dx, corners[1] * size + dy);
  for (let k = 2; k < corners.length; k += 2)
    context.lineTo(corners[k] * size + dx, corners[k + 1] * size + dy);
  context.fill();
}

/** A function that finds the place of the cell under a point, through a coarse table of degrees. */
function cellFinder(outlines) {
  const table = new Map();
  const size = 0.5;
  const key = (x, y) => 1000 * Math.floor(x / size) + Math.floor(y / size);
  outlines.forEach((rings, i) => {
    const [west, south, east, north] = boundsOf(rings.flat());
    for (let x = Math.floor(west / size); x <= east / size; x += 1) {
      for (let y = Math.floor(south / size); y <= north / size; y += 1) {
        const place = key(x * size, y * size);
        if (!table.has(place)) table.set(place, []);
        table.get(place).push(i);
      }
    }
  });
  return (point) =>
    (table.get(key(...point)) || []).find((i) => outlines[i].some((ring) => inside(point, ring)));
}
