// The state of the page in one object: what is shown, what is chosen, what time it is.

// More regions than this hide the sea; the reader may still ask for them.
const MANY_REPORTS = 400;
// Shown when a plan has no place of its own.
const EAST_CHINA_SEA = [120, 24, 140, 40];

function makeApp(plans, land) {
  plans.forEach((plan) => {
    plan.bounds = planBounds(plan);
  });
  const bounds = boundsOf(plans.flatMap((plan) => [plan.bounds.slice(0, 2), plan.bounds.slice(2)]));
  const landings = plans.flatMap((plan) => plan.sorties.map((sortie) => sortie.landing));
  const app = {
    plans,
    land,
    bounds,
    start: Math.min(...plans.map((plan) => plan.start)),
    end: Math.max(...plans.map((plan) => plan.end), ...landings),
    middle: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2],
    shown: Object.fromEntries(LAYERS.map(([key]) => [key, true])),
    selected: {},
    views: [],
    mode: modesFor(plans).pop(),
    onlyChanged: false,
    tracks: plans.some((plan) => plan.sorties.length > 16) ? 'day' : 'all',
    colouring: COLOURINGS[0],
    changed: changedSorties(plans),
  };
  app.shown.reports = plans[0].reports.length <= MANY_REPORTS;
  app.at = app.start;
  for (const add of [addPlans, addTime, addChoices, addSelection, addView]) add(app);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.classList.toggle('dark', dark);
  app.classes = classesFor(app.colouring, plans);
  return app;
}

/** Ways to show the plans: each alone, and all together last. */
function modesFor(plans) {
  const alone = plans.map((plan) => String(plan.index));
  if (plans.length === 1) return alone;
  return [...alone, plans.length === 2 ? 'swipe' : 'grid'];
}

function addPlans(app) {
  const { plans } = app;
  const stations = plans.flatMap((plan) => plan.stations.map((station) => station.id));
  const order = [...new Set(stations)];
  app.planColour = (plan) => hue(plan.index);
  app.colourOf = (sortie) => {
    if (plans.length === 1) return hue(order.indexOf(sortie.station));
    return app.changed.has(sortie) ? app.planColour(sortie.plan) : unchanged();
  };
  app.visiblePlans = () => (/^\d$/.test(app.mode) ? [plans[Number(app.mode)]] : plans);
  app.ganttPlans = () => {
    if (app.mode !== 'grid') return app.visiblePlans();
    return [app.selected.sortie ? app.selected.sortie.plan : plans[0]];
  };
  app.isDrawn = (sortie) => (!app.onlyChanged || app.changed.has(sortie)) && inTracks(sortie, app);
}

function inTracks(sortie, { tracks, at, selected }) {
  if (tracks === 'all' || sortie === selected.sortie) return true;
  const margin = tracks === 'day' ? DAY / 2 : 0;
  return at >= sortie.takeoff - margin && at <= sortie.landing + margin;
}

function planBounds(plan) {
  const stations = plan.stations.map((station) => [station.lon, station.lat]);
  const places = [...plan.cells.flatMap((cell) => cell.rings.flat()), ...stations];
  return places.length ? boundsOf(places) : EAST_CHINA_SEA;
}

function addTime(app) {
  app.setTime = (ms) => {
    app.at = Math.round(Math.max(app.start, Math.min(app.end, ms)));
    app.views.forEach((view) => view.show());
    app.clock.show();
    app.gantt.show();
  };
  app.step = (direction) => {
    const moments = momentsOf(app.visiblePlans());
    const next =
      direction > 0
        ? moments.find((ms) => ms > app.at)
        : moments.reverse().find((ms) => ms < app.at);
    if (next !== undefined) app.setTime(next);
  };
}

function addChoices(app) {
  app.recolour = () => {
    app.classes = classesFor(app.colouring, app.plans);
    app.views.forEach((view) => view.colour());
    app.panel.show();
  };
  app.setColouring = (key) => {
    app.colouring = COLOURINGS.find((each) => each.key === key);
    app.recolour();
  };
  app.setColouringNumber = (number) => {
    const offered = COLOURINGS.filter((each) => !each.pair || app.plans.length === 2);
    if (offered[number]) app.setColouring(offered[number].key);
  };
  app.setTracks = (tracks) => {
    app.tracks = tracks;
    app.refresh();
  };
  app.setOnlyChanged = (on) => {
    app.onlyChanged = on;
    app.refresh();
  };
  app.setShown = (key, on) => {
    app.shown[key] = on;
    app.views.forEach((view) => view.put(key));
    app.refresh();
  };
  app.setMode = (mode) => {
    app.mode = mode;
    if (app.modes) app.modes.show(mode);
    arrange(app);
    app.refresh();
  };
  app.nextMode = () => {
    const modes = modesFor(app.plans);
    app.setMode(modes[(modes.indexOf(app.mode) + 1) % modes.length]);
  };
  app.refresh = () => {
    app.panel.show();
    app.gantt.draw();
    app.setTime(app.at);
  };
  app.toggleDark = () => {
    document.documentElement.classList.toggle('dark');
    app.views.forEach((view) => ['sorties', 'reports'].forEach((name) => view.put(name, true)));
    app.recolour();
    app.refresh();
  };
}

function addSelection(app) {
  app.select = (what, { go = false } = {}) => {
    app.selected = what;
    const outline = what.cell ? what.cell.rings : what.report ? what.report.rings : [];
    const edge = what.zone ? what.zone.rings : [];
    app.views.forEach((view) => {
      view.mark.setLatLngs(outline.map((ring) => [ring.map(flip)]));
      view.edge.setLatLngs(edge.map((ring) => ring.map(flip)));
    });
    app.detail.show();
    if (go) goTo(app, what);
    app.refresh();
  };
  app.selectMiddle = () => {
    const { map, plan, cells } = app.firstView();
    const cell = cells.find([map.getCenter().lng, map.getCenter().lat]);
    if (cell) app.select({ cell, plan });
  };
  app.stepSortie = (direction) => {
    const sorties = app.visiblePlans().flatMap((plan) => plan.sorties);
    const next = sorties.indexOf(app.selected.sortie) + direction;
    if (sorties.length)
      app.select({ sortie: sorties[(next + sorties.length) % sorties.length] }, { go: true });
  };
}

/** Bring what was chosen into view, and the clock to where it happens. */
function goTo(app, { sortie, cell, station, report, zone }) {
  const alone = /^\d$/.test(app.mode);
  if (sortie && alone) app.setMode(String(sortie.plan.index));
  if (sortie && (app.at < sortie.takeoff || app.at > sortie.landing)) {
    app.setTime((sortie.takeoff + sortie.landing) / 2);
  }
  const { map } = app.firstView();
  if (station) map.setView([station.lat, station.lon], Math.max(7, map.getZoom()));
  const points = sortie ? sortie.line : (cell || report || zone || { rings: [] }).rings.flat();
  if (points.length) app.show(boundsOf(points), sortie || zone ? 0 : 2);
}

function addView(app) {
  app.firstView = () =>
    app.views.find((view) => !view.map.getContainer().parentElement.hidden) || app.views[0];
  app.show = ([west, south, east, north], margin = 0) => {
    const bounds = L.latLngBounds([south, west], [north, east]).pad(margin);
    const first = app.firstView();
    const right = app.detail.element.hidden ? 24 : app.detail.element.offsetWidth + 24;
    const small = app.mode === 'grid';
    first.map.fitBounds(bounds, {
      animate: false,
      maxZoom: 10,
      paddingTopLeft: small ? [6, 6] : [34, 50],
      paddingBottomRight: small ? [6, 30] : [right, 26],
    });
    app.follow(first);
  };
  app.fit = () => app.show(app.bounds);
  app.zoom = (by) => app.firstView().map.setZoom(app.firstView().map.getZoom() + by);
  /** Move every map that is shown, without one leading another. */
  app.together = (move) => {
    app.following = true;
    for (const { map } of app.views) if (map.getContainer().offsetParent) move(map);
    app.following = false;
  };
  app.follow = ({ map }) => {
    if (app.following) return;
    const [centre, zoom] = [map.getCenter(), map.getZoom()];
    app.together((other) => other !== map && other.setView(centre, zoom, { animate: false }));
  };
  app.showPosition = (point) => {
    app.position.textContent = place(point);
  };
}
