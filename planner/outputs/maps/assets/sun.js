// Where the sun stands, to about 0.02 degrees (Astronomical Almanac, low-precision formulas, 1950-2050).

const DAYLIGHT = [
  { below: -0.833, name: 'sunset' },
  { below: -6, name: 'civil twilight' },
  { below: -12, name: 'nautical twilight' },
];

function sunAt(ms) {
  const days = ms / DAY - 10957.5;
  const anomaly = (357.528 + 0.9856003 * days) * RADIAN;
  const mean = 280.46 + 0.9856474 * days;
  const ecliptic = (mean + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RADIAN;
  const tilt = (23.439 - 4e-7 * days) * RADIAN;
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
  const sidereal = (280.46062 + 360.98564737 * days) * RADIAN;
  return {
    declination: Math.asin(Math.sin(tilt) * Math.sin(ecliptic)),
    longitude: (ascension - sidereal) / RADIAN,
  };
}

/** Elevation of the sun's centre in degrees, without refraction. */
function elevation(ms, [lon, lat]) {
  const sun = sunAt(ms);
  const hourAngle = (lon - sun.longitude) * RADIAN;
  return (
    Math.asin(
      Math.sin(lat * RADIAN) * Math.sin(sun.declination) +
        Math.cos(lat * RADIAN) * Math.cos(sun.declination) * Math.cos(hourAngle),
    ) / RADIAN
  );
}

function lightAt(ms, point) {
  const sun = elevation(ms, point);
  if (sun > DAYLIGHT[0].below) return 'day';
  return sun > DAYLIGHT[2].below ? 'twilight' : 'night';
}

/**
 * Where the sun stands lower than an angle, as a polygon between two meridians.
 * On each meridian the dark part is one stretch, because the dark cap is convex or its complement is.
 */
function darkPolygon(ms, below, west, east) {
  const sun = sunAt(ms);
  const south = [];
  const north = [];
  for (const lon of meridians(sun, below, west, east)) {
    const stretch = darkStretch(sun, lon, below);
    if (!stretch) continue;
    south.push([lon, stretch[0]]);
    north.push([lon, stretch[1]]);
  }
  return [...south, ...north.reverse()];
}

/** Every second meridian, and those the cap's edge just touches. */
function meridians(sun, below, west, east) {
  const lons = [];
  for (let lon = west; lon <= east; lon += 2) lons.push(lon);
  const reach = Math.cos(below * RADIAN) / Math.cos(sun.declination);
  if (reach >= 1) return lons;
  const half = Math.asin(reach) / RADIAN - 0.01;
  for (const touch of [180 - half, 180 + half]) {
    const lon = west + ((((sun.longitude + touch - west) % 360) + 360) % 360);
    if (lon < east) lons.push(lon);
  }
  return lons.sort((a, b) => a - b);
}

function darkStretch(sun, lon, below) {
  // sin(elevation) = a sin(lat) + b cos(lat) = r sin(lat + shift)
  const a = Math.sin(sun.declination);
  const b = Math.cos(sun.declination) * Math.cos((lon - sun.longitude) * RADIAN);
  const r = Math.hypot(a, b);
  const shift = Math.atan2(b, a);
  const ratio = Math.sin(below * RADIAN) / r;
  if (Math.abs(ratio) >= 1) return ratio > 0 ? [-85, 85] : null;
  const root = Math.asin(ratio);
  const start = wrapped(Math.PI - root - shift) / RADIAN;
  const end = wrapped(root - shift) / RADIAN;
  const dark = (lat) => r * Math.sin(lat * RADIAN + shift) < Math.sin(below * RADIAN);
  const from = dark(-85) ? -85 : start;
  const to = dark(85) ? 85 : end;
  return from >= -85 && to <= 85 && from < to ? [from, to] : null;
}

function wrapped(angle) {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}
