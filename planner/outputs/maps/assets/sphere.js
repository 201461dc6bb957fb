// Great circles, and the Mercator plane the map is drawn on. Points are [lon, lat] in degrees.

const RADIAN = Math.PI / 180;
const NM_PER_RADIAN = 3440.065;

function onSphere([lon, lat]) {
  const flat = Math.cos(lat * RADIAN);
  return [flat * Math.cos(lon * RADIAN), flat * Math.sin(lon * RADIAN), Math.sin(lat * RADIAN)];
}

function angleBetween(a, b) {
  const half = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 2;
  return 2 * Math.asin(Math.min(1, half));
}

function distanceNm(a, b) {
  return NM_PER_RADIAN * angleBetween(onSphere(a), onSphere(b));
}

/** The point a share of the way along the great circle from one place to another. */
function along(from, to, share) {
  const a = onSphere(from);
  const b = onSphere(to);
  const angle = angleBetween(a, b);
  if (angle < 1e-9) return from;
  const p = Math.sin((1 - share) * angle) / Math.sin(angle);
  const q = Math.sin(share * angle) / Math.sin(angle);
  const [x, y, z] = [0, 1, 2].map((i) => p * a[i] + q * b[i]);
  return [Math.atan2(y, x) / RADIAN, Math.atan2(z, Math.hypot(x, y)) / RADIAN];
}

function bearing([lonA, latA], [lonB, latB]) {
  const east = (lonB - lonA) * RADIAN;
  const y = Math.sin(east) * Math.cos(latB * RADIAN);
  const x =
    Math.cos(latA * RADIAN) * Math.sin(latB * RADIAN) -
    Math.sin(latA * RADIAN) * Math.cos(latB * RADIAN) * Math.cos(east);
  return (Math.atan2(y, x) / RADIAN + 360) % 360;
}

/** The same line with points often enough that it bends as the great circle does. */
function bent(points) {
  return points.flatMap((point, i) => {
    if (i === 0) return [point];
    const pieces = Math.max(1, Math.ceil(distanceNm(points[i - 1], point) / 40));
    return Array.from({ length: pieces }, (_, k) => along(points[i - 1], point, (k + 1) / pieces));
  });
}

/** Web Mercator with the whole world one unit wide. */
function mercator([lon, lat]) {
  const y = Math.log(Math.tan(Math.PI / 4 + (lat * RADIAN) / 2));
  return [lon / 360 + 0.5, 0.5 - y / (2 * Math.PI)];
}

function inside([x, y], ring) {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

/** Whether a line passes within some degrees of latitude of a point; the earth is flat that near. */
function passesWithin(line, [lon, lat], reach) {
  const flat = Math.cos(lat * RADIAN);
  for (let i = 1; i < line.length; i += 1) {
    const [x, y] = [(line[i - 1][0] - lon) * flat, line[i - 1][1] - lat];
    const [dx, dy] = [(line[i][0] - line[i - 1][0]) * flat, line[i][1] - line[i - 1][1]];
    const share = Math.max(0, Math.min(1, -(x * dx + y * dy) / (dx * dx + dy * dy || 1)));
    if (Math.hypot(x + share * dx, y + share * dy) <= reach) return true;
  }
  return false;
}

function boundsOf(points) {
  const lons = points.map((p) => p[0]);
  const lats = points.map((p) => p[1]);
  const least = (list) => list.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (list) => list.reduce((a, b) => Math.max(a, b), -Infinity);
  return [least(lons), least(lats), most(lons), most(lats)];
}
