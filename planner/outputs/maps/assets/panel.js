// The left side: what the plan is, what it is worth, how the sea is coloured, what lies on the map.

const LAYERS = [
  ['cells', 'Cells'],
  ['sorties', 'Sorties'],
  ['reports', 'Reports'],
  ['zones', 'Airspace'],
  ['stations', 'Stations'],
  ['night', 'Night and twilight'],
  ['graticule', 'Graticule'],
  ['land', 'Land'],
];

// Refined petroleum that may lawfully reach the DPRK in a year, in barrels.
const YEARLY_CAP = 500_000;
const CAP_SOURCE =
  'UN Security Council resolution 2397 (2017), paragraph 5: 500,000 barrels a year';

const WELL_PROVED = 0.05;
const MOST_MISSED = 3;
const PROVE = ' A longer proof says more: plan with --set solver.bound_seconds=60.';

function makePanel(app) {
  const panel = {};
  const body = make('div.panel-body');
  panel.element = make('aside', { class: 'panel', 'aria-label': 'Plan' }, makeSearch(app), body);
  panel.legend = make('div.legend');
  panel.colourings = choice(
    'Colour the sea by',
    COLOURINGS.filter((each) => !each.pair || app.plans.length === 2).map((each) => [
      each.key,
      each.label,
      each.unit,
    ]),
    (key) => app.setColouring(key),
  );
  panel.tracks = choice(
    'Tracks drawn',
    [
      ['now', 'Airborne', 'Sorties in the air now'],
      ['day', '± 12 h', 'Sorties within twelve hours'],
      ['all', 'All', 'Every sortie'],
    ],
    (tracks) => app.setTracks(tracks),
  );
  panel.list = make('div.list');
  body.append(
    ...(app.plans.length > 1 ? compareSection(app) : planSection(app.plans[0])),
    section('Colour of the sea', panel.colourings, panel.legend),
    section('Tracks', panel.tracks),
    section('On the map', layerBoxes(app)),
    ...(app.plans.length > 1 ? app.plans.map(planFold) : knowFolds(app.plans[0])),
    ...(app.plans.length > 1 ? [] : missedFold(app.plans[0], app)),
    foldable('Sorties', panel.list, true),
    ...zoneSection(app),
    ...(app.plans.length > 1 ? [] : trustSections(app.plans[0])),
    make('p.quiet.creed', 'The plan ranks areas of sea. It says nothing about any ship.'),
  );
  panel.show = () => {
    panel.colourings.show(app.colouring.key);
    panel.tracks.show(app.tracks);
    panel.legend.replaceChildren(...legendFor(app));
    panel.list.replaceChildren(...sortieList(app));
  };
  return panel;
}

function planFold(plan) {
  const content = make('div', headline(plan), knowFolds(plan), trustSections(plan));
  return foldable(plan.letter + '  in full', content, false);
}

function knowFolds(plan) {
  return [
    foldable('In full', make('div', worth(plan), accounts(plan)), true),
    plan.notes.length > 0 && foldable('To know first', noteList(plan), true),
  ].filter(Boolean);
}

/** The best cells that are not searched, and why; each opens on the map. */
function missedFold(plan, app) {
  const missed = plan.cells
    .filter((cell) => cell.reason && cell.reason.code !== 'legal')
    .sort((a, b) => b.transfers - a.transfers)
    .slice(0, MOST_MISSED);
  const open = (cell) => () => app.select({ cell, plan }, { go: true });
  const lines = missed.map((cell) =>
    make(
      'li',
      button(cell.id.slice(0, 30), open(cell), { class: 'link' }),
      ' ' + total(cell.transfers) + ' expected. ',
      quote(cell.reason.text),
    ),
  );
  return lines.length > 0
    ? [foldable('Best cells not searched', make('ul.notes.missed', lines), true)]
    : [];
}

function section(title, ...content) {
  return make('section', make('h2', title), content);
}

function foldable(title, content, open) {
  return make('details', { open }, make('summary', title), content);
}

function planSection(plan) {
  return [
    make(
      'header',
      make('h1', quote(plan.title || plan.name, 160)),
      make('p.quiet', dtg(plan.start) + ' – ' + dtg(plan.end)),
      plan.question ? make('p', quote(plan.question, 300)) : null,
      ['optimal', 'feasible'].includes(plan.status)
        ? null
        : make('p.alert', 'This plan is ', quote(plan.status, 80), '.'),
      headline(plan),
    ),
  ];
}

/** What the plan is worth: what it sees, of how much, and how far from the best. */
function headline(plan) {
  const { value } = plan;
  const share = value.total > 0 ? ' (' + percent(value.transfers / value.total) + ')' : '';
  return make(
    'div.headline',
    make('p', make('b', total(value.transfers)), ' expected transfers seen'),
    make('p.quiet', 'of ' + total(value.total) + ' under way' + share),
    value.band90 && make('p.quiet', '90 % of draws: ' + value.band90.map(total).join(' – ')),
    make('p', limitOf(value)),
  );
}

/** The proven limit and the distance to it, or that there is none. */
function limitOf({ bound, gap, score, objective, ...value }) {
  if (bound == null) return 'How far from the best is not known, as no limit was proved.' + PROVE;
  const priced = Math.abs(score - value[objective]) > 1e-9 || objective !== 'transfers';
  const own = priced ? ' Its score is ' + total(score) + ', in ' + objective + ' less prices.' : '';
  const distance = gap == null ? '' : ' (gap ' + (100 * gap).toFixed(1) + ' %)';
  const more = gap > WELL_PROVED ? PROVE : '';
  return 'No plan can exceed ' + total(bound) + distance + '.' + own + more;
}

/** What the reader should know before believing the numbers above. */
function noteList(plan) {
  return make(
    'ul.notes',
    plan.notes.map((note) => make('li', quote(note))),
  );
}

function worth(plan) {
  const { value } = plan;
  const flown = plan.sorties.reduce((sum, sortie) => sum + sortie.airborne_h, 0);
  const searched = plan.sorties.reduce((sum, sortie) => sum + sortie.search_h, 0);
  const middle = value.band50;
  return rows([
    ['Sorties', String(plan.sorties.length)],
    ['Airborne', hours(flown)],
    ['Searching', hours(searched)],
    ['Barrels', amount(value.barrels)],
    ['Of a year’s cap', percent(value.barrels / YEARLY_CAP), CAP_SOURCE],
    middle && ['Middle half of draws', total(middle[0]) + ' – ' + total(middle[1])],
    value.unreachable > 0 && ['Where none may search', total(value.unreachable)],
  ]);
}

/** What becomes of all transfers, and what to ask for first, where that was computed. */
function accounts(plan) {
  const parts = plan.waterfall.map(({ what, transfers }) => [quote(what, 80), total(transfers)]);
  const asks = plan.asks.map(({ what, gain, noise, how }) => [
    quote(what, 80),
    '+' + total(gain) + (noise > 0 ? ' ± ' + total(noise) : ''),
    String(how).slice(0, 80),
  ]);
  return [
    parts.length > 0 && [make('h3', 'What becomes of all transfers'), rows(parts)],
    asks.length > 0 && [make('h3', 'What to ask for first'), rows(asks)],
  ];
}

function trustSections(plan) {
  const card = Object.entries(plan.card);
  return [
    foldable(
      'Assumptions (' + plan.assumptions.length + ')',
      make(
        'ul.assumptions',
        plan.assumptions.map((each) =>
          make(
            'li',
            quote(each.what, 200),
            ' ',
            make('b', quote(each.value, 100)),
            make('p.quiet', quote(each.why)),
          ),
        ),
      ),
      false,
    ),
    card.length > 0 &&
      foldable(
        'How sure is the surface?',
        rows(
          card.map(([name, text]) => [quote(name, 80), quote(text)]),
          'card',
        ),
        false,
      ),
    foldable(
      'Provenance',
      rows([
        ['Plan', quote(plan.name, 100)],
        ['Solver', quote(plan.solver, 100)],
        ['Status', quote(plan.status, 60)],
        ['Seed', String(plan.seed)],
        ['Coast', 'Natural Earth, public domain'],
        ['Map', 'Leaflet 1.9.3'],
        ['Inputs', make('code', plan.hash.slice(0, 80) || 'not recorded')],
      ]),
      false,
    ),
  ].filter(Boolean);
}

function zoneSection(app) {
  const plan = app.plans[0];
  if (!plan.zones.length) return [];
  return [
    foldable(
      'Airspace (' + plan.zones.length + ')',
      make(
        'ul.reports',
        plan.zones.map((zone) =>
          make(
            'li',
            button(zone.name.slice(0, 80), () => app.select({ zone, plan }, { go: true }), {
              class: 'link',
            }),
            make('span.quiet', ' ' + zone.rule),
          ),
        ),
      ),
      false,
    ),
  ];
}

/** The boxes are the legend too: each layer stands beside its sign. */
function layerBoxes(app) {
  return make(
    'div.boxes',
    LAYERS.map(([key, label]) =>
      make(
        'label',
        make('input', {
          type: 'checkbox',
          checked: app.shown[key],
          'data-layer': key,
          onchange: (event) => app.setShown(key, event.target.checked),
        }),
        make('i', { class: 'sign sign-' + key }),
        label,
      ),
    ),
  );
}

function legendFor(app) {
  const { colouring, classes } = app;
  const labels = classLabels(colouring, classes);
  const plain = !colouring.share && !colouring.pair;
  const note = plain ? '; each colour from its number up, less is left clear' : '';
  const box = (colour, i) => make('span', make('i', { style: 'background:' + colour }), labels[i]);
  return [make('div.ramp', classes.colours.map(box)), make('p.quiet', colouring.unit + note)];
}

/** What stands beside each colour. */
function classLabels(colouring, { limits }) {
  const plain = (limit) => (limit < 100 ? String(limit) : GROUPED.format(limit));
  if (colouring.share) return limits.map(percent);
  if (!colouring.pair) return limits.map(plain);
  const less = [...limits].reverse().map((limit) => '−' + plain(limit));
  return [...less, ...limits.map((limit) => '+' + plain(limit))];
}

function sortieList(app) {
  return app
    .visiblePlans()
    .flatMap((plan) => plan.sorties)
    .filter((sortie) => !app.onlyChanged || app.changed.has(sortie))
    .map((sortie) =>
      make(
        'button',
        {
          type: 'button',
          class: 'item' + (sortie === app.selected.sortie ? ' chosen' : ''),
          onclick: () => app.select({ sortie }, { go: true }),
        },
        make('i', { class: 'swatch', style: 'background:' + app.colourOf(sortie) }),
        make(
          'span.name',
          app.plans.length > 1 ? sortie.plan.letter + ' ' : '',
          quote(sortie.id, 40),
          ' ',
          make('span.quiet', quote(sortie.aircraft, 40)),
        ),
        make('span.quiet', dtg(sortie.takeoff).slice(0, 7)),
        make('span.number', amount(sortie.seen)),
      ),
    );
}
