// The printed sheet: made afresh for each printing, legible in black and white.

function makeSheet(app) {
  const sheet = make('article', { class: 'sheet', 'aria-hidden': 'true' });
  const fill = () => inPaperColours(app, () => sheet.replaceChildren(...sheetPages(app)));
  window.addEventListener('beforeprint', fill);
  window.addEventListener('afterprint', () => sheet.replaceChildren());
  return sheet;
}

function paperRule(paper) {
  return '@page { size: ' + paper + ' landscape; margin: 9mm; }';
}

function printOn(app, paper) {
  app.paper.textContent = paperRule(paper);
  window.print();
}

function sheetPages(app) {
  return [
    ...app.visiblePlans().map((plan) => mapPage(plan, app)),
    ...app.visiblePlans().map((plan) => tablePage(plan, app)),
  ];
}

function mapPage(plan, app) {
  const canvas = make('canvas', { width: 2000, height: 1560 });
  const { map } = app.views[plan.index];
  const context = canvas.getContext('2d');
  paintMap(context, { x: 1, y: 1, width: 1998, height: 1558 }, paperBounds(map, app), plan, app, {
    ...INK,
    track: '#111111',
  });
  return make(
    'section.page',
    sheetHead(plan, app),
    make(
      'div.spread',
      canvas,
      make(
        'div.side',
        make('h2', 'What it is worth'),
        worth(plan),
        noteList(plan),
        make('h2', app.colouring.label),
        legendFor(app),
        make('h2', 'Signs'),
        make(
          'ul.signs',
          make('li', 'Full line: closed airspace'),
          make('li', 'Dashed: priced airspace'),
          make('li', 'Dotted: shown only'),
          make('li', 'Thin outline: report, fainter with age'),
        ),
        make('h2', 'Assumptions'),
        make(
          'ul',
          plan.assumptions
            .slice(0, 9)
            .map((each) =>
              make('li', quote(each.what, 90), ': ', make('b', quote(each.value, 60))),
            ),
        ),
        plan.assumptions.length > 9
          ? make('p', 'and ' + (plan.assumptions.length - 9) + ' more, listed with the sorties')
          : null,
      ),
    ),
    sheetFoot(plan),
  );
}

function sheetHead(plan, app) {
  return make(
    'header',
    make('h1', app.plans.length > 1 ? plan.letter + '  ' : '', quote(plan.title || plan.name, 120)),
    make(
      'p',
      'Period ' +
        dtg(plan.start) +
        ' – ' +
        dtg(plan.end) +
        '.  Shown ' +
        dtg(app.at) +
        ' (' +
        jst(app.at) +
        ').',
    ),
  );
}

function sheetFoot(plan) {
  return make(
    'footer',
    make('span', 'Inputs ', plan.hash.slice(0, 80) || 'not recorded'),
    make('span', 'Ranks areas of sea, not ships. Not for navigation.'),
  );
}

const COLUMNS = [
  ['Sortie', (sortie) => quote(sortie.id, 30)],
  ['Aircraft', (sortie) => quote(sortie.aircraft, 40)],
  [
    'Station',
    ({ plan, station }) => quote((plan.stationById.get(station) || { name: station }).name, 40),
  ],
  ['Take-off', (sortie) => dtg(sortie.takeoff)],
  ['JST', (sortie) => jst(sortie.takeoff).slice(0, 6)],
  ['Landing', (sortie) => dtg(sortie.landing)],
  ['Airborne', (sortie) => hours(sortie.airborne_h)],
  ['Search', (sortie) => hours(sortie.search_h)],
  ['Cells, in order', (sortie) => quote(sortie.visits.map((visit) => visit.cell).join(' '), 120)],
  ['Sees', (sortie) => amount(sortie.seen)],
];

function tablePage(plan, app) {
  const heads = COLUMNS.map(([head]) => make('th', { scope: 'col' }, head));
  const lines = plan.sorties.map((sortie) =>
    make(
      'tr',
      COLUMNS.map(([, write]) => make('td', write(sortie))),
    ),
  );
  return make(
    'section.page',
    sheetHead(plan, app),
    make('table', make('thead', make('tr', heads)), make('tbody', lines)),
    make('h2', 'All assumptions'),
    make('ul.all', plan.assumptions.map(assumptionLine)),
    sheetFoot(plan),
  );
}

function assumptionLine({ what, value, why }) {
  return make('li', quote(what, 200), ': ', make('b', quote(value, 100)), '. ', quote(why, 300));
}
