// Night and twilight as three veils that follow the clock.

function nightLayer(renderer, west, east) {
  const veils = DAYLIGHT.map(() =>
    L.polygon([], { renderer, interactive: false, stroke: false, className: 'veil' }),
  );
  const layer = L.layerGroup(veils);
  layer.show = (at) => {
    if (!layer._map) return;
    darkness(at, west, east).forEach((ring, i) => veils[i].setLatLngs(ring));
  };
  return layer;
}

/** The outlines of the veils; maps side by side ask for the same ones, which are kept. */
let lastDarkness = {};

function darkness(at, west, east) {
  const key = [at, west, east].join();
  if (lastDarkness.key !== key) {
    const rings = DAYLIGHT.map((light) => darkPolygon(at, light.below, west, east).map(flip));
    lastDarkness = { key, rings };
  }
  return lastDarkness.rings;
}

/** Leaflet wants latitude first; this is the only door. */
function flip([lon, lat]) {
  return [lat, lon];
}
