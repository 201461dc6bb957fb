// One map of one plan. Comparing is only several of these, side by side or one over the other.

const PANES = [
  'closed',
  'land',
  'night',
  'graticule',
  'cells',
  'zones',
  'reports',
  'mark',
  'tracks',
  'stations',
  'aircraft',
];

function makeView(map, plan, app) {
  PANES.forEach((name, i) => {
    const pane = map.createPane(name);
    pane.style.zIndex = 300 + 10 * i;
    pane.style.pointerEvents = 'none';
  });
  const svg = (pane) => L.svg({ pane, padding: 0.5 });
  const west = plan.bounds[0] - 60;
  const view = { map, plan, cells: new CellLayer(plan) };
  const outline = { renderer: svg('mark'), interactive: false, className: 'mark' };
  view.mark = L.polygon([], outline).addTo(map);
  view.edge = L.polyline([], outline).addTo(map);
  const colourOf = (sortie) => app.colourOf(sortie);
  const builders = {
    land: () => landLayer(app.land, svg('land')),
    graticule: () => graticule(svg('graticule')),
    cells: () => view.cells,
    night: () => nightLayer(svg('night'), west, plan.bounds[2] + 60),
    zones: () => zoneLayer(plan.zones, svg('closed'), svg('zones')),
    reports: () => reportLayer(plan.reports, 'reports'),
    stations: () => stationLayer(plan.stations),
    sorties: () => sortieLayer(plan, colourOf),
  };
  view.layers = {};
  // A layer is built when first shown: ten thousand regions nobody asked for would cost a second.
  view.put = (name, afresh = false) => {
    if (view.layers[name] && (afresh || !app.shown[name])) view.layers[name].remove();
    if (!app.shown[name]) return;
    if (afresh || !view.layers[name]) view.layers[name] = builders[name]();
    view.layers[name].addTo(map);
  };
  Object.keys(builders).forEach((name) => view.put(name));
  view.scale = scaleBar(map);
  view.scale.show();
  view.show = () => showMoment(view, app);
  view.colour = (only) => colourCells(view, app, only);
  listen(view, app);
  return view;
}

function showMoment(view, app) {
  const { night, zones } = view.layers;
  if (app.shown.night) night.show(app.at);
  if (app.shown.zones) zones.show(app.at);
  if (app.shown.sorties) showSorties(view, app);
  if (app.colouring.moving) view.colour(view.plan.searched);
}

function showSorties(view, app) {
  const { sorties, stations } = view.layers;
  const named = app.mode !== 'grid';
  const taken = app.shown.stations ? stations.taken : [];
  const choose = (sortie) => app.isDrawn(sortie);
  sorties.show(app.at, choose, app.selected.sortie, named && taken);
}

/** Class the cells anew; as time passes, only those that are searched can change. */
function colourCells(view, app, only = view.plan.cells) {
  const { colours, limits } = app.classes;
  const other = app.plans[1];
  const classes = view.cells.classes.slice();
  for (const cell of only) {
    const partner = app.colouring.pair ? other.cellById.get(cell.id) : null;
    const own = app.colouring.pair ? app.plans[0].cellById.get(cell.id) : cell;
    classes[cell.index] = own ? classOfCell(own, app.colouring, limits, app.at, partner) : -1;
  }
  view.cells.show(classes, colours);
}

/** Pointer: the aircraft, station, track or cell under it. Nothing on the map listens for itself. */
function listen(view, app) {
  const { map } = view;
  const tip = L.tooltip({ className: 'tip', direction: 'top', offset: [0, -8], opacity: 1 });
  map.on('mousemove', (event) => {
    const found = pick(view, app, event);
    app.showPosition([event.latlng.lng, event.latlng.lat]);
    map.getContainer().style.cursor = found ? 'pointer' : '';
    if (!found) return map.closeTooltip(tip);
    tip.setContent(tipFor(found, app)).setLatLng(event.latlng);
    return map.openTooltip(tip);
  });
  map.on('mouseout', () => map.closeTooltip(tip));
  map.on('click', (event) => app.select(pick(view, app, event) || {}));
  map.on('move', () => app.follow(view));
  map.on('moveend', () => view.scale.show());
  map.on('zoomend', () => view.show());
}

function pick(view, app, { containerPoint, latlng }) {
  const { map, plan } = view;
  const here = [latlng.lng, latlng.lat];
  const pixel = (360 / (256 * 2 ** map.getZoom())) * Math.cos(latlng.lat * RADIAN);
  const near = (at, reach) =>
    map.latLngToContainerPoint(flip(at)).distanceTo(containerPoint) <= reach;
  const onLine = (line) => passesWithin(line, here, 4 * pixel);
  const drawn = app.shown.sorties ? plan.sorties.filter((sortie) => app.isDrawn(sortie)) : [];
  const flying = drawn.find((sortie) => {
    const now = positionAt(sortie, app.at);
    return now && near(now.at, 13);
  });
  if (flying) return { sortie: flying };
  const station = app.shown.stations && plan.stations.find((each) => near([each.lon, each.lat], 9));
  if (station) return { station, plan };
  const passed = drawn.find((sortie) => onLine(sortie.line));
  if (passed) return { sortie: passed };
  const zone = app.shown.zones && plan.zones.find((each) => each.rings.some(onLine));
  if (zone) return { zone, plan };
  const cell = view.cells.find(here);
  if (cell) return { cell, plan };
  const report = app.shown.reports && plan.reports.find((each) => each.rings.some(onLine));
  return report ? { report, plan } : null;
}

function tipFor({ sortie, station, zone, report, cell }, app) {
  if (sortie) {
    return make(
      'div',
      make('b', quote(sortie.id, 60)),
      ' ',
      quote(sortie.aircraft, 60),
      make('br'),
      dtg(sortie.takeoff) + ' – ' + dtg(sortie.landing),
      make('br'),
      amount(sortie.seen) + ' transfers seen',
    );
  }
  if (station) return make('div', make('b', quote(station.name, 60)), ' ', quote(station.icao, 20));
  if (zone) return make('div', make('b', quote(zone.name, 80)), make('br'), RULES[zone.rule]);
  if (report)
    return make(
      'div',
      'Report ',
      make('b', quote(report.id, 60)),
      make('br'),
      quote(report.when, 40),
    );
  return make(
    'div',
    make('b', quote(cell.id, 60)),
    ' ' + tipNumber(cell, app),
    make('br'),
    make('span.quiet', place(cell.at)),
  );
}

function tipNumber(cell, app) {
  const { colouring, plans } = app;
  if (colouring.pair) {
    const [a, b] = [0, 1].map((i) => (plans[i].cellById.get(cell.id) || { seen: 0 }).seen);
    return signed(b - a) + ' transfers';
  }
  const value = colouring.value(cell, app.at);
  if (colouring.share) return percent(value);
  return amount(value) + ' ' + (colouring.measure || 'transfers');
}
