// The view drawn on one canvas: for a PNG, and for the printed sheet.

const INK = {
  sea: '#ffffff',
  land: '#e9e7e1',
  shore: '#6d6a60',
  ink: '#111111',
  zone: '#555555',
  grid: '#c9c9c9',
};

/** Draw a plan's map into a box of a canvas. `bounds` is west, south, east, north in degrees. */
function paintMap(context, box, bounds, plan, app, colours = INK, unit = box.width / 1000) {
  const frame = fitted(box, bounds);
  const project = ([x, y]) => [x * frame.scale + frame.left, y * frame.scale + frame.top];
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.fillStyle = colours.sea;
  context.fillRect(box.x, box.y, box.width, box.height);
  const painter = { context, frame, project, box, plan, app, colours, unit, taken: [] };
  if (app.shown.cells) paintSea(painter);
  if (app.shown.zones) paintZones(painter, (zone) => zone.rule === 'closed');
  if (app.shown.land) paintLand(painter);
  if (app.shown.graticule) paintGraticule(painter, bounds);
  if (app.shown.zones) paintZones(painter, (zone) => zone.rule !== 'closed');
  if (app.shown.reports) paintReports(painter);
  if (app.shown.sorties) paintTracks(painter);
  if (app.shown.stations) paintStations(painter);
  if (app.shown.sorties) paintAircraft(painter);
  context.restore();
  context.strokeStyle = colours.ink;
  context.lineWidth = painter.unit;
  context.strokeRect(box.x, box.y, box.width, box.height);
}

/** From degrees to the box, keeping shapes; the bounds are centred in it. */
function fitted(box, [west, south, east, north]) {
  const [x0, y1] = mercator([west, south]);
  const [x1, y0] = mercator([east, north]);
  const scale = Math.min(box.width / (x1 - x0), box.height / (y1 - y0));
  return {
    scale,
    left: box.x + (box.width - scale * (x0 + x1)) / 2,
    top: box.y + (box.height - scale * (y0 + y1)) / 2,
  };
}

function path({ context, project }, points) {
  points.forEach((point, i) => {
    const [x, y] = project(mercator(point));
    if (i) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
}

function paintSea({ context, frame, plan, app }) {
  paintCells(context, app.views[plan.index].cells, frame);
}

function paintLand(painter) {
  const { context, app, colours, unit } = painter;
  context.beginPath();
  app.land.forEach((country) => country.rings.forEach((ring) => path(painter, ring)));
  context.fillStyle = colours.land;
  context.fill('evenodd');
  context.strokeStyle = colours.shore;
  context.lineWidth = 0.6 * unit;
  context.stroke();
}

function paintGraticule(painter, [west, south, east, north]) {
  const { context, project, box, colours, unit } = painter;
  const step = east - west > 40 ? 10 : east - west > 15 ? 5 : east - west > 4 ? 1 : 0.5;
  const wide = east - west;
  context.strokeStyle = colours.grid;
  context.fillStyle = colours.ink;
  context.lineWidth = 0.5 * unit;
  context.font = 11 * unit + 'px sans-serif';
  for (const lon of steps(west - wide, east + wide, step)) {
    const [x] = project(mercator([lon, south]));
    line(context, [x, box.y], [x, box.y + box.height]);
    const label = (lon < 0 ? -lon : lon) + (lon < 0 ? '°W' : '°E');
    if (x < box.x + box.width - 40 * unit)
      context.fillText(label, x + 2 * unit, box.y + box.height - 4 * unit);
  }
  for (const lat of steps(Math.max(-80, south - wide), Math.min(80, north + wide), step)) {
    const [, y] = project(mercator([west, lat]));
    line(context, [box.x, y], [box.x + box.width, y]);
    const label = (lat < 0 ? -lat : lat) + (lat < 0 ? '°S' : '°N');
    context.fillText(label, box.x + 3 * unit, y - 2 * unit);
  }
}

function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function paintZones(painter, chosen) {
  const { context, plan, app, colours, unit } = painter;
  plan.zones
    .filter((zone) => chosen(zone) && app.at >= zone.from && app.at <= zone.to)
    .forEach((zone) => {
      context.beginPath();
      zone.rings.forEach((ring) => path(painter, zone.lines ? ring : bent(ring)));
      context.strokeStyle = colours.zone;
      context.lineWidth = (zone.rule === 'closed' ? 1.4 : 1) * unit;
      context.setLineDash(
        { closed: [], priced: [7, 4], shown: [2, 3] }[zone.rule].map((dash) => dash * unit),
      );
      context.stroke();
    });
  context.setLineDash([]);
}

function paintReports(painter) {
  const { context, plan, colours, unit } = painter;
  context.strokeStyle = colours.ink;
  context.lineWidth = 0.7 * unit;
  const crowd = crowding(plan.reports);
  plan.reports.forEach((report) => {
    context.globalAlpha = freshness(report) * 0.6 * crowd;
    context.setLineDash(report.weight > 0 ? [] : [3 * unit, 4 * unit]);
    context.beginPath();
    report.rings.forEach((ring) => path(painter, ring));
    context.stroke();
  });
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function paintTracks(painter) {
  const { context, plan, app, unit, colours } = painter;
  const drawn = plan.sorties.filter((sortie) => app.isDrawn(sortie));
  drawn.forEach((sortie) => {
    for (const [colour, width] of [
      ['#ffffff', 3.2],
      [colours.track || app.colourOf(sortie), 1.3],
    ]) {
      context.beginPath();
      path(painter, sortie.line);
      context.strokeStyle = colour;
      context.lineWidth = width * unit;
      context.stroke();
    }
  });
}

/** Aircraft in the air, then the name of each track, so that it can be found without its colour. */
function paintAircraft(painter) {
  const { project, plan, app, unit, taken } = painter;
  const drawn = plan.sorties.filter((sortie) => app.isDrawn(sortie));
  drawn.forEach((sortie) => {
    const now = positionAt(sortie, app.at);
    if (!now) return;
    const spot = project(mercator(now.at));
    paintSymbol(painter, spot, now.heading);
    taken.push(markBox(spot, 9 * unit));
  });
  drawn.forEach((sortie) => nameTrack(painter, sortie));
}

function paintSymbol({ context, unit, colours }, [x, y], heading) {
  context.save();
  context.translate(x, y);
  context.rotate(heading * RADIAN);
  context.scale(unit, unit);
  const outline = new Path2D(AIRCRAFT_OUTLINE);
  context.fillStyle = colours.ink;
  context.strokeStyle = '#ffffff';
  context.lineWidth = 2.5;
  context.stroke(outline);
  context.fill(outline);
  context.restore();
}

/** Name a track beside the first cell it searches where there is room. */
function nameTrack(painter, { id, visits }) {
  const { project, plan, unit } = painter;
  const places = visits
    .map((visit) => plan.cellById.get(visit.cell))
    .filter(Boolean)
    .map((cell) => project(mercator(cell.at)));
  places.some((spot) => paintName(painter, id.slice(0, 12), spot, 4 * unit));
}

/** Write a name where it is free round a spot; false when there is no room. */
function paintName({ context, box, unit, colours, taken }, name, [x, y], reach) {
  const size = 11 * unit;
  context.font = '600 ' + size + 'px system-ui, sans-serif';
  const extent = [context.measureText(name).width, size];
  const side = freeSide(taken, [box.x + box.width, box.y + box.height], [x, y], extent, reach);
  if (!side) return false;
  const [left, top] = places([x, y], extent, reach)[side];
  haloText(context, name, left, top + 0.85 * size, size, colours.ink);
  return true;
}

function haloText(context, text, x, y, size, colour) {
  context.font = '600 ' + size + 'px system-ui, sans-serif';
  context.lineJoin = 'round';
  context.strokeStyle = '#ffffff';
  context.lineWidth = size / 3.5;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function paintStations(painter) {
  const { context, project, plan, unit, colours, taken } = painter;
  const spots = plan.stations.map(({ lon, lat }) => project(mercator([lon, lat])));
  spots.forEach(([x, y]) => {
    context.fillStyle = '#ffffff';
    context.fillRect(x - 4.5 * unit, y - 4.5 * unit, 9 * unit, 9 * unit);
    context.fillStyle = colours.ink;
    context.fillRect(x - 3.2 * unit, y - 3.2 * unit, 6.4 * unit, 6.4 * unit);
    taken.push(markBox([x, y], 4 * unit));
  });
  plan.stations.forEach((each, i) =>
    paintName(painter, each.name.slice(0, 30), spots[i], 8 * unit),
  );
}

function viewBounds(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

/** What to put on paper: the view, but no more of it than the plan needs. */
function paperBounds(map, app) {
  const [west, south, east, north] = viewBounds(map);
  const margin = 0.06 * (app.bounds[2] - app.bounds[0]);
  const cut = [
    Math.max(west, app.bounds[0] - margin),
    Math.max(south, app.bounds[1] - margin),
    Math.min(east, app.bounds[2] + margin),
    Math.min(north, app.bounds[3] + margin),
  ];
  return cut[0] < cut[2] && cut[1] < cut[3] ? cut : [west, south, east, north];
}

const HEAD = 124;

/** A picture of what is on screen, titled, dated and explained, twice as sharp as the screen. */
function savePicture(app) {
  inPaperColours(app, () => {
    const plans = app.visiblePlans();
    const size = app.views[plans[0].index].map.getSize().multiplyBy(2);
    const columns = Math.ceil(Math.sqrt(plans.length));
    const lines = Math.ceil(plans.length / columns);
    const canvas = make('canvas', { width: size.x * columns, height: (size.y + HEAD) * lines });
    const context = canvas.getContext('2d');
    context.fillStyle = INK.sea;
    context.fillRect(0, 0, canvas.width, canvas.height);
    plans.forEach((plan, i) => {
      const x = (i % columns) * size.x;
      const y = Math.floor(i / columns) * (size.y + HEAD);
      paintHead(context, [x + 24, y], plan, app);
      paintLegend(context, [x + size.x - 24, y], app);
      const box = { x: x + 2, y: y + HEAD, width: size.x - 4, height: size.y - 4 };
      paintMap(context, box, viewBounds(app.views[plan.index].map), plan, app);
    });
    canvas.toBlob((blob) => save(fileName(app, 'png'), blob));
  });
}

function paintHead(context, [x, y], plan, app) {
  const words = [dtg(app.at), jst(app.at), 'inputs ' + (plan.hash.slice(0, 23) || 'not recorded')];
  haloText(context, (plan.title || plan.name).slice(0, 70), x, y + 50, 36, INK.ink);
  haloText(context, words.join('   '), x, y + 98, 24, INK.zone);
}

/** The colours and their numbers, ending at a right edge. */
function paintLegend(context, [right, y], { colouring, classes }) {
  const left = right - 90 * classes.colours.length;
  haloText(context, colouring.label, left, y + 34, 24, INK.ink);
  classes.colours.forEach((colour, i) => {
    context.fillStyle = colour;
    context.fillRect(left + 90 * i, y + 46, 90, 22);
    haloText(context, classLabels(colouring, classes)[i], left + 90 * i, y + 98, 22, INK.zone);
  });
}

/** Paper is light: draw with the light colours whatever the screen shows. */
function inPaperColours(app, draw) {
  const dark = isDark();
  if (dark) {
    document.documentElement.classList.remove('dark');
    app.recolour();
  }
  draw();
  if (dark) {
    document.documentElement.classList.add('dark');
    app.recolour();
  }
}
