// Sorties of one plan: their tracks, what is flown so far, search patterns, and the aircraft itself.

const PATTERN_ZOOM = 7.5;

function sortieLayer(plan, colourOf) {
  const tracks = L.svg({ pane: 'tracks', padding: 0.5 });
  const drawn = plan.sorties.map((sortie) => drawSortie(sortie, tracks, colourOf));
  const group = L.layerGroup();
  group.drawn = drawn;

  /** Show a moment: `choose(sortie)` says which tracks are drawn at all. */
  group.show = (at, choose, selected) => {
    if (!group._map) return;
    const detailed = group._map.getZoom() >= PATTERN_ZOOM;
    drawn.forEach((each) => {
      const shown = choose(each.sortie) || each.sortie === selected;
      toggle(group, each.track, shown);
      toggle(group, each.pattern, shown && detailed);
      if (shown) each.track.setStyle(trackStyle(each, at, selected, colourOf));
      toggle(group, each.under, each.sortie === selected);
      if (each.sortie === selected) [each.under, each.track].forEach((line) => line.bringToFront());
      showAircraft(group, each, at, shown, detailed, selected && each.sortie !== selected);
    });
  };
  return group;
}

function drawSortie(sortie, renderer, colourOf) {
  const options = { renderer, interactive: false, smoothFactor: 0.5 };
  const patterns = sortie.visits
    .filter((visit) => visit.pattern)
    .map((visit) => visit.pattern.track.map(flip));
  return {
    sortie,
    under: L.polyline(sortie.line.map(flip), {
      ...options,
      weight: 8,
      opacity: 0.9,
      className: 'casing',
    }),
    track: L.polyline(sortie.line.map(flip), options),
    flown: L.polyline([], { ...options, weight: 3, opacity: 1, color: colourOf(sortie) }),
    casing: L.polyline([], { ...options, weight: 5.5, opacity: 0.85, className: 'casing' }),
    pattern: L.polyline(patterns, {
      ...options,
      weight: 1.2,
      opacity: 0.9,
      color: colourOf(sortie),
    }),
    aircraft: aircraftMarker(sortie, colourOf(sortie)),
  };
}

function trackStyle({ sortie }, at, selected, colourOf) {
  const color = colourOf(sortie);
  if (sortie === selected) return { color, weight: 4, opacity: 1, dashArray: null };
  const airborne = at >= sortie.takeoff && at <= sortie.landing;
  return {
    color,
    weight: airborne ? 1.6 : 1.1,
    opacity: (airborne ? 0.9 : 0.5) * (selected ? 0.45 : 1),
    dashArray: airborne ? '5 4' : null,
  };
}

function toggle(group, layer, on) {
  if (on && !group.hasLayer(layer)) group.addLayer(layer);
  if (!on && group.hasLayer(layer)) group.removeLayer(layer);
}

function showAircraft(group, each, at, shown, detailed, aside) {
  const now = shown ? positionAt(each.sortie, at) : null;
  for (const layer of [each.casing, each.flown, each.aircraft]) toggle(group, layer, now !== null);
  if (!now) return;
  // From afar a search pattern is a blot on the cell it searches.
  const flown = each.sortie.path
    .slice(0, now.passed + 1)
    .filter((point) => detailed || !point.search)
    .map((point) => point.at);
  const line = [...flown, now.at].map(flip);
  each.casing.setLatLngs(line).setStyle({ opacity: aside ? 0.3 : 0.85 });
  each.flown.setLatLngs(line).setStyle({ opacity: aside ? 0.45 : 1 });
  each.aircraft.setLatLng(flip(now.at));
  const symbol = each.aircraft.getElement().querySelector('g');
  symbol.setAttribute('transform', 'rotate(' + now.heading.toFixed(1) + ')');
}

const AIRCRAFT_OUTLINE =
  'M0-11 1.7-8.5 2-3.5 11.5 1.5V4L2 2 1.5 7 4.5 9.6V11.4L0 10.2-4.5 11.4V9.6L-1.5 7-2 2-11.5 4V1.5L-2-3.5-1.7-8.5Z';

function aircraftMarker(sortie, colour) {
  const symbol = makeSvg(
    'svg',
    { viewBox: '-13 -13 26 26', width: 26, height: 26, 'aria-hidden': 'true' },
    makeSvg('g', makeSvg('path', { d: AIRCRAFT_OUTLINE, fill: colour })),
  );
  const label = make('bdi', sortie.aircraft.slice(0, 24));
  return L.marker([0, 0], {
    pane: 'aircraft',
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: 'aircraft',
      iconSize: null,
      iconAnchor: [13, 13],
      html: make('div', symbol, label),
    }),
  });
}
