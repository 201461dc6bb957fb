// Several plans: swipe between two, small multiples of more, what differs, and which sorties changed.

/** Sorties of each plan that no other plan flies in exactly the same way. */
function changedSorties(plans) {
  const flownBy = new Map();
  const signature = (sortie) =>
    JSON.stringify([
      sortie.aircraft,
      sortie.station,
      sortie.recovery,
      sortie.takeoff,
      sortie.landing,
      sortie.visits.map((visit) => [visit.cell, visit.start, visit.end]),
    ]);
  plans.forEach((plan) =>
    new Set(plan.sorties.map(signature)).forEach((key) =>
      flownBy.set(key, (flownBy.get(key) || 0) + 1),
    ),
  );
  return new Set(
    plans.flatMap((plan) =>
      plan.sorties.filter((sortie) => flownBy.get(signature(sortie)) < plans.length),
    ),
  );
}

const MEASURES = [
  ['Transfers seen', (plan) => plan.value.transfers, 1],
  ['Low (5 %)', (plan) => plan.value.band90 && plan.value.band90[0], 1],
  ['High (95 %)', (plan) => plan.value.band90 && plan.value.band90[1], 1],
  ['Barrels', (plan) => plan.value.barrels, 1],
  ['Proven limit', (plan) => plan.value.bound, 0],
  ['Gap, %', (plan) => (plan.value.gap == null ? null : 100 * plan.value.gap), -1],
  ['Sorties', (plan) => plan.sorties.length, 0],
  ['Airborne, h', (plan) => plan.sorties.reduce((sum, sortie) => sum + sortie.airborne_h, 0), 0],
  ['Searching, h', (plan) => plan.sorties.reduce((sum, sortie) => sum + sortie.search_h, 0), 0],
  ['Cells visited', (plan) => plan.cells.filter((cell) => cell.visits.length).length, 0],
];

const UNBOUNDED = 'Where no limit is shown none was computed: how far from the best is not known.';

function compareSection(app) {
  const { plans } = app;
  const options = [
    ...plans.map((plan) => [String(plan.index), plan.letter, plan.title || plan.name]),
    plans.length === 2
      ? ['swipe', 'A | B', 'Swipe between the two']
      : ['grid', 'All', 'All plans side by side'],
  ];
  app.modes = choice('Plan shown', options, (mode) => app.setMode(mode));
  return [
    make(
      'header',
      make('h1', 'Comparing ' + plans.length + ' plans'),
      make(
        'ol.plans',
        plans.map((plan) =>
          make(
            'li',
            make('i', { class: 'letter', style: 'color:' + app.planColour(plan) }, plan.letter),
            ' ',
            quote(plan.title || plan.name, 120),
            make('span.quiet', ' ', quote(plan.name, 60)),
          ),
        ),
      ),
    ),
    section(
      'Plan',
      app.modes,
      make(
        'label.only',
        make('input', {
          type: 'checkbox',
          'data-layer': 'changed',
          onchange: (event) => app.setOnlyChanged(event.target.checked),
        }),
        'Changed sorties only (' + app.changed.size + ')',
      ),
    ),
    section(
      'Differences',
      differenceTable(app),
      plans.some((plan) => plan.value.bound == null) && make('p.quiet', UNBOUNDED),
    ),
  ];
}

function differenceTable({ plans, planColour }) {
  const pair = plans.length === 2;
  const letter = (plan) =>
    make('th', { scope: 'col', style: 'color:' + planColour(plan) }, plan.letter);
  const heads = [make('td'), plans.map(letter), pair && make('th', { scope: 'col' }, 'B − A')];
  const rowsOf = MEASURES.map(([name, measure, good]) => [name, plans.map(measure), good]);
  const told = rowsOf.filter(([, values]) => values.some((value) => value != null));
  const body = told.map(([name, values, good]) => {
    const cells = values.map((value) => make('td', figure(value, total)));
    return make('tr', make('th', { scope: 'row' }, name), cells, pair && changeCell(values, good));
  });
  return make(
    'div.wide',
    make('table.differences', make('thead', make('tr', heads)), make('tbody', body)),
  );
}

/** `good` is 1 when more is better, -1 when less is, 0 when neither. */
function changeCell([a, b], good) {
  // The difference of the numbers shown, so that the row adds up.
  const change = a == null || b == null ? null : Number((asShown(b) - asShown(a)).toFixed(6));
  const verdict = change * good > 1e-9 ? 'better' : change * good < -1e-9 ? 'worse' : '';
  return make('td', { class: verdict }, figure(change, signed));
}

function asShown(value) {
  return Number(total(value).replace(/,/g, ''));
}

function figure(value, write) {
  if (value == null) return '–';
  if (Math.abs(value) < 1e-9) return '0';
  return write(value).replace(Number.isInteger(value) ? /\.0+$/ : '', '');
}

/** Arrange the maps for a mode: one alone, two under a divider, or all in a grid. */
function arrange(app) {
  const { views, mode, stage } = app;
  const before = app.firstView().map;
  const [centre, zoom] = [before.getCenter(), before.getZoom()];
  const layout = { swipe: 'stacked', grid: 'grid' }[mode] || 'single';
  stage.className = 'stage ' + layout;
  stage.style.setProperty('--columns', views.length <= 4 ? 2 : views.length <= 6 ? 3 : 4);
  views.forEach((view, i) => {
    const frame = view.map.getContainer().parentElement;
    frame.hidden = layout === 'single' && mode !== String(i);
    frame.style.clipPath = '';
  });
  app.together((map) => {
    map.invalidateSize({ pan: false });
    map.setView(centre, zoom, { animate: false });
  });
  app.divider.element.hidden = mode !== 'swipe';
  if (mode === 'swipe') app.divider.place();
}

function makeDivider(app) {
  const divider = { share: 0.5 };
  divider.element = make(
    'div',
    {
      class: 'divider',
      role: 'slider',
      tabindex: 0,
      hidden: true,
      'aria-label': 'Divider between plan A and plan B',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    make('span', 'A ◂ ▸ B'),
  );
  divider.place = (share = divider.share) => {
    divider.share = Math.max(0.02, Math.min(0.98, share));
    const percentage = 100 * divider.share + '%';
    divider.element.style.left = percentage;
    divider.element.setAttribute('aria-valuenow', Math.round(100 * divider.share));
    app.views[1].map.getContainer().parentElement.style.clipPath =
      'inset(0 0 0 ' + percentage + ')';
  };
  drag(divider.element, (event) => {
    const box = app.stage.getBoundingClientRect();
    divider.place((event.clientX - box.left) / box.width);
  });
  divider.element.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!move) return;
    divider.place(divider.share + move);
    event.stopPropagation();
  });
  return divider;
}
