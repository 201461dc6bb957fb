// Night and twilight as three veils that follow the clock.

function nightLayer(renderer, west, east) {
  const veils = DAYLIGHT.map(() =>
    L.polygon([], { renderer, interactive: false, stroke: false, className: 'veil' }),
  );
  const layer = L.layerGroup(veils);
  layer.show = (at) => {
    if (!layer._map) return;
    DAYLIGHT.forEach((light, i) => {
      veils[i].setLatLngs(darkPolygon(at, light.below, west, east).map(flip));
    });
  };
  return layer;
}

/** Leaflet wants latitude first; this is the only door. */
function flip([lon, lat]) {
  return [lat, lon];
}
