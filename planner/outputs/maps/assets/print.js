// The printed sheets: made afresh for each printing, legible in black and white.

const MARGIN_MM = 9;
// Width and height in millimetres, and the size of the type in points.
const PAPERS = {
  'A4 landscape': [297, 210, 7.6],
  'A4 portrait': [210, 297, 7.5],
  'A3 landscape': [420, 297, 10.7],
};
const DOTS_PER_MM = 8;

function makeSheet(app) {
  const sheet = make('article', { class: 'sheet', 'aria-hidden': 'true' });
  const fill = () => inPaperColours(app, () => sheet.replaceChildren(...sheetPages(app)));
  window.addEventListener('beforeprint', fill);
  window.addEventListener('afterprint', () => sheet.replaceChildren());
  return sheet;
}

/** The room a sheet of paper leaves for its content, in millimetres. */
function paperRoom(paper) {
  const [width, height] = PAPERS[paper];
  return [width - 2 * MARGIN_MM, height - 2 * MARGIN_MM];
}

function paperRule(paper) {
  const [width, height] = paperRoom(paper);
  return (
    '@page { size: ' + paper + '; margin: ' + MARGIN_MM + 'mm; }\n' +
    '@media print { .sheet { --wide: ' + width + 'mm; --high: ' + height + 'mm; ' +
    'font-size: ' + PAPERS[paper][2] + 'pt; } }'
  );
}

function setPaper(app, paper) {
  app.sheetPaper = paper;
  app.paper.textContent = paperRule(paper);
}

function printOn(app, paper) {
  setPaper(app, paper);
  window.print();
}

function sheetPages(app) {
  return [
    ...app.visiblePlans().map((plan) => mapPage(plan, app)),
    ...app.visiblePlans().map((plan) => tablePage(plan, app)),
  ];
}

/** Millimetres for the map, and the height of the words: beside it on a wide sheet, else below. */
function mapRoom(paper) {
  const [width, height] = paperRoom(paper);
  if (width > height) return [0.76 * width, 0.89 * height, 0.89 * height];
  return [width, 0.61 * height, 0.26 * height];
}

function mapPage(plan, app) {
  const [wide, high, words] = mapRoom(app.sheetPaper);
  const [width, height] = [Math.round(wide * DOTS_PER_MM), Math.round(high * DOTS_PER_MM)];
  const canvas = make('canvas', {
    width,
    height,
    style: 'width:' + wide + 'mm;height:' + high + 'mm',
  });
  const box = { x: 1, y: 1, width: width - 2, height: height - 2 };
  const bounds = paperBounds(app.views[plan.index].map, app);
  const unit = 0.035 * PAPERS[app.sheetPaper][2] * DOTS_PER_MM;
  paintMap(canvas.getContext('2d'), box, bounds, plan, app, { ...INK, track: '#111111' }, unit);
  const layout = high === words ? 'div.spread' : 'div.spread.upright';
  return make(
    'section.page.map',
    sheetHead(plan, app),
    make(layout, canvas, make('div.side', { style: 'height:' + words + 'mm' }, sideOf(plan, app))),
    sheetFoot(plan),
  );
}

function sideOf(plan, app) {
  const most = 4;
  const part = (title, ...content) => make('section', make('h2', title), content);
  return [
    part('What it is worth', headline(plan), worth(plan)),
    plan.notes.length > 0 && part('To know first', noteList(plan)),
    part('Colour: ' + app.colouring.label.toLowerCase(), legendFor(app)),
    part('Signs', signList(app)),
    part(
      'Assumptions',
      make(
        'ul',
        plan.assumptions
          .slice(0, most)
          .map((each) => make('li', quote(each.what, 70), ': ', make('b', quote(each.value, 40)))),
      ),
      plan.assumptions.length > most
        ? make('p', 'and ' + (plan.assumptions.length - most) + ' more, after the sorties')
        : null,
    ),
  ];
}

const TRACKS = {
  now: 'Sorties in the air',
  day: 'Sorties within 12 h',
  all: 'All sorties',
};

function signList({ tracks }) {
  const stroke = (width, dash) =>
    makeSvg('path', { d: 'M0 6H22', 'stroke-width': width, 'stroke-dasharray': dash });
  const signs = [
    [TRACKS[tracks], stroke(2.2)],
    ['In the air now', makeSvg('path.solid', { d: AIRCRAFT_OUTLINE, transform: SIGN_AIRCRAFT })],
    ['Station', makeSvg('path.solid', { d: 'M8 3H14V9H8Z' })],
    ['Closed airspace', stroke(1.4)],
    ['Priced airspace', stroke(1, '5 3')],
    ['Other lines', stroke(1, '1.5 2')],
    ['Report, fainter with age', makeSvg('circle', { cx: 11, cy: 6, r: 4.5, 'stroke-width': 0.7 })],
  ];
  return make(
    'ul.signs',
    signs.map(([words, sign]) =>
      make('li', makeSvg('svg', { viewBox: '0 0 22 12', width: 22, height: 12 }, sign), words),
    ),
  );
}

const SIGN_AIRCRAFT = 'translate(11 6) rotate(90) scale(.5)';

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
    make(
      'table',
      make('thead', make('tr', heads)),
      make('tfoot', make('tr', make('td', { colspan: COLUMNS.length }, sheetFoot(plan)))),
      make('tbody', lines),
    ),
    make('h2', 'All assumptions'),
    make('ul.all', plan.assumptions.map(assumptionLine)),
  );
}

function assumptionLine({ what, value, why }) {
  return make('li', quote(what, 200), ': ', make('b', quote(value, 100)), '. ', quote(why, 300));
}
