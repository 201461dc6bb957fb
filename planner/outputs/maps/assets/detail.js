// The right side: everything about what was clicked.

function makeDetail(app) {
  const element = make('aside', {
    class: 'detail',
    'aria-label': 'Details',
    'aria-live': 'polite',
    hidden: true,
  });
  return {
    element,
    show() {
      const content = detailOf(app.selected, app);
      element.hidden = !content;
      element.replaceChildren(...(content ? [closer(app), ...content.filter(Boolean)] : []));
    },
  };
}

function closer(app) {
  return button('×', () => app.select({}), {
    class: 'close',
    'aria-label': 'Close details',
    title: 'Close (Esc)',
  });
}

function detailOf({ sortie, cell, plan, station, report, aircraft, zone }, app) {
  if (sortie) return sortieDetail(sortie, app);
  if (cell) return cellDetail(cell, plan, app);
  if (station) return stationDetail(station, plan, app);
  if (report) return reportDetail(report);
  if (zone) return zoneDetail(zone, plan);
  if (aircraft) return aircraftDetail(aircraft, plan, app);
  return null;
}

function planMark(plan, app) {
  return app.plans.length > 1
    ? make('span', { class: 'letter', style: 'color:' + app.planColour(plan) }, plan.letter + ' ')
    : null;
}

function selectCell(app, plan, id) {
  const cell = plan.cellById.get(id);
  if (cell) app.select({ cell, plan }, { go: true });
}

function stationDetail(station, plan, app) {
  const flown = plan.sorties.filter((sortie) => sortie.station === station.id);
  return [
    make('h2', quote(station.name, 80), ' ', make('span.quiet', quote(station.icao, 20))),
    make('p.quiet', place([station.lon, station.lat])),
    rows([
      ['Aircraft', String(plan.aircraft.filter((each) => each.station === station.id).length)],
      ['Sorties', String(flown.length)],
      ['Airborne', hours(flown.reduce((sum, sortie) => sum + sortie.airborne_h, 0))],
      ['Expected transfers seen', amount(flown.reduce((sum, sortie) => sum + sortie.seen, 0))],
    ]),
    sortieLinks(flown, app),
  ];
}

function aircraftDetail(aircraft, plan, app) {
  const flown = plan.sorties.filter((sortie) => sortie.aircraft === aircraft.id);
  return [
    make('h2', quote(aircraft.id, 80)),
    make('p.quiet', quote(aircraft.type, 80), ' ', quote(aircraft.operator, 80)),
    rows([
      ['Endurance, reserve kept', hours(aircraft.endurance_h)],
      ['Transit, search', amount(aircraft.transit_kn) + ', ' + amount(aircraft.search_kn) + ' kn'],
      ['Sorties', String(flown.length)],
      ['Airborne', hours(flown.reduce((sum, sortie) => sum + sortie.airborne_h, 0))],
    ]),
    sortieLinks(flown, app),
  ];
}

function sortieLinks(sorties, app) {
  return make(
    'ul.reports',
    sorties.map((sortie) =>
      make(
        'li',
        button(sortie.id.slice(0, 60), () => app.select({ sortie }, { go: true }), {
          class: 'link',
        }),
        ' ' + dtg(sortie.takeoff) + ', ' + hours(sortie.airborne_h),
      ),
    ),
  );
}

const RULES = {
  closed: 'closed: no aircraft enters',
  priced: 'priced: hours inside are counted',
  shown: 'shown only',
};

function zoneDetail(zone, plan) {
  const inside = plan.sorties.reduce((sum, sortie) => sum + (sortie.inside_h[zone.id] || 0), 0);
  const limit = (ms) => (Number.isFinite(ms) ? dtg(ms) : 'always');
  return [
    make('h2', quote(zone.name, 120)),
    rows([
      ['Rule', RULES[zone.rule]],
      zone.rule === 'priced' && ['Hours inside, all sorties', hours(inside)],
      (Number.isFinite(zone.from) || Number.isFinite(zone.to)) && [
        'In force',
        limit(zone.from) + ' – ' + limit(zone.to),
      ],
      zone.dated && ['Dated', quote(zone.dated, 60)],
    ]),
    make('p.quiet', 'Source: ', zone.source ? quote(zone.source) : 'not given'),
  ];
}

function reportDetail(report) {
  return [
    make('h2', 'Report ', quote(report.id, 80)),
    rows([
      ['Date', quote(report.when, 60)],
      ['Age', Math.round(report.age) + ' days'],
      ['Transfers told', String(report.count)],
      ['Weight in the surface', report.weight > 0 ? amount(report.weight) : 'not used'],
    ]),
    report.basis ? [make('h3', 'Position, as published'), make('p', quote(report.basis))] : null,
    report.vessels
      ? [
          make('h3', 'Vessels named in the report'),
          make('p', quote(report.vessels)),
          make('p.quiet', 'As reported by the source; this map ranks areas and accuses no one.'),
        ]
      : null,
    report.source ? make('p.quiet', 'Source: ', quote(report.source)) : null,
  ].flat();
}
