// The page: state in one object, changed only here, shown by the parts.

function start(firstMap) {
  const { plans, land } = readPlans();
  const app = makeApp(plans, land);
  makeParts(app);
  layOut(app);
  const maps = plans.map((plan, i) => frameFor(app, plan, i === 0 ? firstMap : null));
  app.stage.append(app.divider.element);
  // The maps are fitted before they are filled, so that nothing is projected twice.
  app.views = maps.map((map, i) => ({ map, plan: plans[i], show() {}, colour() {} }));
  app.gantt.draw();
  arrange(app);
  app.fit();
  app.views = maps.map((map, i) => makeView(map, plans[i], app));
  if (app.modes) app.modes.show(app.mode);
  app.recolour();
  app.setTime(app.at);
  listenToKeys(app);
  window.addEventListener('resize', () => {
    arrange(app);
    app.gantt.draw();
  });
  // For the console, and for tests.
  app.tools = { elevation, darkPolygon, inside, csvField, toCsv, toGeoJson, toKml, toGpx, xml, setPaper };
  window.planMap = app;
}

function makeParts(app) {
  app.stage = make('main.stage', { 'aria-label': 'Map' });
  app.panel = makePanel(app);
  app.detail = makeDetail(app);
  app.gantt = makeGantt(app);
  app.clock = makeClock(app);
  app.divider = makeDivider(app);
  app.help = makeHelp();
  app.position = make('output.position');
  app.paper = make('style');
  setPaper(app, 'A4 landscape');
}

function layOut(app) {
  const middle = make('div.middle', app.stage, app.detail.element, tools(app));
  const bar = make('footer.bar', { 'aria-label': 'Time' }, app.clock.element, app.gantt.element);
  const page = make('div.app', app.panel.element, middle, bar);
  document.head.append(app.paper);
  document.body.prepend(page, makeSheet(app), app.help.element);
}

/** The frame a map lives in; the first map is the one folium made. */
function frameFor(app, plan, made) {
  const frame = make('div.frame');
  app.stage.append(frame);
  if (app.plans.length > 1) {
    frame.append(
      make(
        'div.frame-name',
        make('i', { class: 'letter', style: 'color:' + app.planColour(plan) }, plan.letter),
        ' ',
        make('b', total(plan.value.transfers)),
        ' ',
        quote(plan.title || plan.name, 60),
      ),
    );
  }
  if (made) {
    frame.prepend(made.getContainer());
    return made;
  }
  const box = make('div.folium-map');
  frame.prepend(box);
  return L.map(box, MAP_OPTIONS);
}

const MAP_OPTIONS = {
  zoomControl: false,
  attributionControl: false,
  zoomAnimation: false,
  fadeAnimation: false,
  markerZoomAnimation: false,
  zoomSnap: 0.25,
  keyboard: false,
  minZoom: 3,
  maxZoom: 13,
  center: [30, 128],
  zoom: 5,
};

function tools(app) {
  return make(
    'div.tools',
    app.position,
    button('+', () => app.zoom(1), { title: 'Zoom in', 'aria-label': 'Zoom in' }),
    button('−', () => app.zoom(-1), { title: 'Zoom out', 'aria-label': 'Zoom out' }),
    button('Fit', () => app.fit(), { title: 'Fit the plan (f)' }),
    button('Dark', () => app.toggleDark(), { title: 'Dark or light (d)' }),
    makeFileMenu(app),
    button('?', () => app.help.toggle(), { title: 'Keys (?)', 'aria-label': 'Keys' }),
  );
}
