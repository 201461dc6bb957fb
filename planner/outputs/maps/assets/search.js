// One box that finds a station, aircraft, sortie, cell or report by what it is called.

const SEARCH_BOX = {
  type: 'search',
  role: 'combobox',
  placeholder: 'Find cell, sortie, report …',
  title: 'Find (/)',
  'aria-label': 'Find a station, aircraft, sortie, cell or report',
  'aria-expanded': 'false',
  'aria-controls': 'results',
  'aria-autocomplete': 'list',
  autocomplete: 'off',
  spellcheck: 'false',
};

function makeSearch(app) {
  const list = make('ul.results', {
    role: 'listbox',
    id: 'results',
    'aria-label': 'Found',
    hidden: true,
  });
  const input = make('input', SEARCH_BOX);
  const search = { input, list, found: [], marked: 0 };
  search.close = () => {
    input.value = '';
    showFound(search);
  };
  search.open = (entry) => {
    if (!entry) return;
    app.select(entry.what, { go: true });
    search.close();
  };
  input.addEventListener('input', () => {
    Object.assign(search, { found: find(app, input.value), marked: 0 });
    showFound(search);
  });
  input.addEventListener('blur', () => search.close());
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    searchKey(search, event);
  });
  return make('div.search', input, list);
}

function searchKey(search, event) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { found, marked } = search;
  if (move && found.length) {
    search.marked = (marked + move + found.length) % found.length;
    showFound(search);
    event.preventDefault();
  }
  if (event.key === 'Enter') search.open(found[marked]);
  if (event.key === 'Escape') search.input.blur();
}

function showFound({ input, list, found, marked, open }) {
  const option = (entry, i) => {
    const attributes = { role: 'option', id: 'result-' + i, 'aria-selected': String(i === marked) };
    const pressed = () => open(entry);
    return make(
      'li',
      { ...attributes, onpointerdown: pressed },
      make('span.quiet', entry.kind),
      ' ',
      quote(entry.name, 60),
    );
  };
  list.hidden = input.value === '';
  list.replaceChildren(
    ...(found.length ? found.map(option) : [make('li.quiet', 'Nothing of that name')]),
  );
  input.setAttribute('aria-expanded', String(!list.hidden));
  input.setAttribute(
    'aria-activedescendant',
    !list.hidden && found.length ? 'result-' + marked : '',
  );
}

function find(app, text, most = 8) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const rank = (entry) => {
    const at = entry.words.toLowerCase().indexOf(wanted);
    return at < 0 ? Infinity : at;
  };
  return index(app)
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((each) => each.rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.entry.name.length - b.entry.name.length)
    .slice(0, most)
    .map((each) => each.entry);
}

/** Every name on the page, made when first asked for. */
function index(app) {
  app.names = app.names || app.plans.flatMap((plan) => namesIn(plan, app.plans.length > 1));
  return app.names;
}

function namesIn(plan, lettered) {
  const entry = (kind, name, more, what) => ({
    kind: lettered ? plan.letter + ' ' + kind : kind,
    name,
    words: [name, ...more].join(' '),
    what: { plan, ...what },
  });
  return [
    ...plan.stations.map((station) =>
      entry('station', station.name, [station.icao, station.id], { station }),
    ),
    ...plan.aircraft.map((aircraft) =>
      entry('aircraft', aircraft.id, [aircraft.type], { aircraft }),
    ),
    ...plan.sorties.map((sortie) => entry('sortie', sortie.id, [sortie.aircraft], { sortie })),
    ...plan.cells.map((cell) => entry('cell', cell.id, [], { cell })),
    ...plan.reports.map((report) => entry('report', report.id, [report.vessels], { report })),
  ];
}
