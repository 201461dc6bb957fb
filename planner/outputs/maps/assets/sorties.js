// Sorties of one plan: their tracks, what is flown so far, search patterns, and the aircraft itself.

const PATTERN_ZOOM = 7.5;
const AIRCRAFT_FONT = '600 11px system-ui, sans-serif';
const AIRCRAFT_REACH = 13;

function sortieLayer(plan, colourOf) {
  const tracks = L.svg({ pane: 'tracks', padding: 0.5 });
  const drawn = plan.sorties.map((sortie) => drawSortie(sortie, tracks, colourOf));
  const group = L.layerGroup();
  group.drawn = drawn;

  /** Show a moment: `choose(sortie)` says which tracks are drawn, `taken` where no name may stand. */
  group.show = (at, choose, selected, taken) => {
    const map = group._map;
    if (!map) return;
    const detailed = map.getZoom() >= PATTERN_ZOOM;
    const flying = [];
    drawn.forEach((each) => {
      const { sortie } = each;
      const shown = choose(sortie) || sortie === selected;
      const looks = shown ? trackLooks(sortie, at, detailed, selected) : 'hidden';
      if (looks !== each.looks) showTrack(group, each, looks, colourOf);
      const now = shown ? positionAt(sortie, at) : null;
      showAircraft(group, each, now, detailed, Boolean(taken));
      if (now) flying.push(each);
    });
    if (taken) nameAircraft(map, flying, selected, taken);
  };
  return group;
}

function drawSortie(sortie, renderer, colourOf) {
  const options = { renderer, interactive: false, smoothFactor: 0.5 };
  const color = colourOf(sortie);
  const line = sortie.line.map(flip);
  const casing = { ...options, className: 'casing' };
  const patterns = sortie.visits
    .filter((visit) => visit.pattern)
    .map((visit) => visit.pattern.track.map(flip));
  return {
    sortie,
    looks: 'hidden',
    under: L.polyline(line, { ...casing, weight: 8, opacity: 0.9 }),
    track: L.polyline(line, options),
    pattern: L.polyline(patterns, { ...options, weight: 1.2, opacity: 0.9, color }),
    turns: L.polyline(turnDots(sortie), { ...options, noClip: true, weight: 8, opacity: 1, color }),
    casing: L.polyline([], { ...casing, weight: 5.5 }),
    flown: L.polyline([], { ...options, weight: 3, color }),
    aircraft: aircraftMarker(sortie, color),
  };
}

/** Lines of no length, which round ends make into dots. */
function turnDots({ legs, station, recovery }) {
  const ends = ({ start, end, points }) =>
    points.slice(
      start === station ? 1 : 0,
      end === recovery || end === station ? -1 : points.length,
    );
  return legs.flatMap(ends).map((point) => [flip(point), flip(point)]);
}

/** What a track looks like, in a word: it is drawn again only when the word changes. */
function trackLooks(sortie, at, detailed, selected) {
  const airborne = at >= sortie.takeoff && at <= sortie.landing;
  const part = sortie === selected ? 'selected' : selected ? 'aside' : 'plain';
  return [part, airborne ? 'airborne' : 'ground', detailed ? 'detailed' : 'far'].join(' ');
}

function showTrack(group, each, looks, colourOf) {
  const is = (word) => looks.includes(word);
  each.looks = looks;
  toggle(group, each.under, is('selected'));
  toggle(group, each.track, !is('hidden'));
  toggle(group, each.pattern, is('detailed'));
  toggle(group, each.turns, is('detailed') || is('selected'));
  if (is('hidden')) return;
  each.track.setStyle(trackStyle(is, colourOf(each.sortie)));
  each.casing.setStyle({ opacity: is('aside') ? 0.3 : 0.85 });
  each.flown.setStyle({ opacity: is('aside') ? 0.45 : 1 });
  if (is('selected')) [each.under, each.track, each.turns].forEach((line) => line.bringToFront());
}

function trackStyle(is, color) {
  if (is('selected')) return { color, weight: 4, opacity: 1, dashArray: null };
  return {
    color,
    weight: is('airborne') ? 1.6 : 1,
    opacity: (is('airborne') ? 0.9 : 0.4) * (is('aside') ? 0.45 : 1),
    dashArray: is('airborne') ? '5 4' : null,
  };
}

function toggle(group, layer, on) {
  if (on && !group.hasLayer(layer)) group.addLayer(layer);
  if (!on && group.hasLayer(layer)) group.removeLayer(layer);
}

/** Move the aircraft and lengthen what it has flown; small maps go without the casing. */
function showAircraft(group, each, now, detailed, cased) {
  const lines = cased ? [each.casing, each.flown] : [each.flown];
  for (const layer of [each.casing, each.flown, each.aircraft]) {
    toggle(group, layer, now !== null && (cased || layer !== each.casing));
  }
  if (!now) return;
  const flown = [...flownLine(each, now.passed, detailed), flip(now.at)];
  lines.forEach((line) => line.setLatLngs(flown));
  each.aircraft.setLatLng(flip(now.at));
  const symbol = each.aircraft.getElement().querySelector('g');
  symbol.setAttribute('transform', 'rotate(' + now.heading.toFixed(1) + ')');
}

/** The points passed; from afar a search pattern is a blot on the cell it searches. */
function flownLine(each, passed, detailed) {
  if (each.passed !== passed || each.detailed !== detailed) {
    const points = each.sortie.path.slice(0, passed + 1);
    const drawn = detailed ? points : points.filter((point) => !point.search);
    Object.assign(each, { passed, detailed, flownPoints: drawn.map((point) => flip(point.at)) });
  }
  return each.flownPoints;
}

/** Give each aircraft's name a free place; the selected one chooses first. */
function nameAircraft(map, flying, selected, taken) {
  const { x, y } = map.getSize();
  const spots = flying.map((each) => {
    const point = map.latLngToContainerPoint(each.aircraft.getLatLng());
    return { each, at: [point.x, point.y] };
  });
  const boxes = [...taken, ...spots.map(({ at }) => markBox(at, 8))];
  spots.sort((a, b) => (b.each.sortie === selected) - (a.each.sortie === selected));
  spots.forEach(({ each, at }) => {
    const size = sizeOf(nameOf(each.sortie), AIRCRAFT_FONT, 13);
    each.side = freeSide(boxes, [x, y], at, size, AIRCRAFT_REACH, each.side);
    each.aircraft.getElement().firstChild.dataset.side = each.side || 'none';
  });
}

const nameOf = (sortie) => sortie.aircraft.slice(0, 24);

const AIRCRAFT_OUTLINE =
  'M0-11 1.7-8.5 2-3.5 11.5 1.5V4L2 2 1.5 7 4.5 9.6V11.4L0 10.2-4.5 11.4V9.6L-1.5 7-2 2-11.5 4V1.5L-2-3.5-1.7-8.5Z';

function aircraftMarker(sortie, colour) {
  const symbol = makeSvg(
    'svg',
    { viewBox: '-13 -13 26 26', width: 26, height: 26, 'aria-hidden': 'true' },
    makeSvg('g', makeSvg('path', { d: AIRCRAFT_OUTLINE, fill: colour })),
  );
  return L.marker([0, 0], {
    pane: 'aircraft',
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: 'aircraft',
      iconSize: null,
      iconAnchor: [13, 13],
      html: make('div.named', symbol, make('bdi', nameOf(sortie))),
    }),
  });
}
