// Names beside marks: each takes the first free place round its mark, or stands back.

const GAP = 2;

/** Where a name of some size may stand round a point, as left and top, best first. */
function places([x, y], [width, height], reach) {
  return {
    right: [x + reach, y - height / 2],
    left: [x - reach - width, y - height / 2],
    below: [x - width / 2, y + reach],
    above: [x - width / 2, y - reach - height],
  };
}

/** A square round a mark, as left, top, right, bottom. */
function markBox([x, y], reach) {
  return [x - reach, y - reach, x + reach, y + reach];
}

/**
 * The side of a point where a name is free of what is taken and inside the frame; null when none is.
 * The side it had before comes first, so that a name does not jump about as its mark moves.
 */
function freeSide(taken, [wide, high], at, [width, height], reach, before) {
  const offered = places(at, [width, height], reach);
  const sides = before ? [before, ...Object.keys(offered)] : Object.keys(offered);
  const side = sides.find((name) => {
    const [left, top] = offered[name];
    const box = [left, top, left + width, top + height];
    const framed = left >= 0 && top >= 0 && box[2] <= wide && box[3] <= high;
    return framed && !taken.some((other) => overlap(box, other));
  });
  if (!side) return null;
  const [left, top] = offered[side];
  taken.push([left, top, left + width, top + height]);
  return side;
}

function overlap(a, b) {
  return a[0] < b[2] + GAP && b[0] < a[2] + GAP && a[1] < b[3] + GAP && b[1] < a[3] + GAP;
}

const ruler = document.createElement('canvas').getContext('2d');
const measured = new Map();

/** Width and height of a name in pixels. */
function sizeOf(text, font, height) {
  const key = font + text;
  if (!measured.has(key)) {
    ruler.font = font;
    measured.set(key, ruler.measureText(text).width);
  }
  return [measured.get(key), height];
}
