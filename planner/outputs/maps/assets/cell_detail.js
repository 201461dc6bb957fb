// What the right side says about a cell: its numbers, who searches it when, or why nobody does.

function cellDetail(cell, plan, app) {
  const part = cell.share < 1 ? ' (' + percent(cell.share) + ' of the cell)' : '';
  return [
    make('h2', planMark(plan, app), 'Cell ', quote(cell.id, 80)),
    make(
      'p.quiet',
      place(cell.at) + ', ' + amount(cell.area) + ' nm² of sea that may be searched' + part,
    ),
    rows([
      [
        'Expected transfers',
        amount(cell.transfers) + ' (' + amount(cell.low) + ' – ' + amount(cell.high) + ')',
        '5 % to 95 % of the equally likely surfaces',
      ],
      ['Expected barrels', amount(cell.barrels)],
      ['Seen by the plan', amount(cell.seen)],
      cell.visits.length > 0 && [
        'Searched by now',
        hours(searchedBy(cell, app.at)) + ' of ' + hours(searchedBy(cell, Infinity)),
      ],
      ['Rests on no look', percent(cell.unknown), 'Share of the belief here that rests on no look'],
    ]),
    cell.visits.length ? visitTable(cell, app) : notVisited(cell),
    ...reportsOver(cell, plan, app),
  ];
}

function reportsOver(cell, plan, app) {
  const found = plan.reports
    .filter((report) => report.rings.some((ring) => inside(cell.at, ring)))
    .sort((a, b) => a.age - b.age);
  if (!found.length) return [];
  const open = (report) =>
    button(report.id.slice(0, 60), () => app.select({ report, plan }), { class: 'link' });
  return [
    make('h3', 'Reports that may lie here (' + found.length + ')'),
    make(
      'ul.reports',
      found.slice(0, 8).map((report) => make('li', open(report), ' ', quote(report.when, 40))),
    ),
  ];
}

function visitTable(cell, app) {
  const visits = [...cell.visits].sort((a, b) => a.start - b.start);
  return make(
    'table',
    make(
      'thead',
      make(
        'tr',
        ['Visit', 'From', 'Hours', 'POD', 'Sees'].map((head) => make('th', { scope: 'col' }, head)),
      ),
    ),
    make(
      'tbody',
      visits.map((visit) =>
        make(
          'tr',
          make(
            'td',
            button(visit.sortie.id.slice(0, 30), () => app.select({ sortie: visit.sortie }), {
              class: 'link',
            }),
          ),
          make('td', { title: jst(visit.start) }, dtg(visit.start).slice(0, 7)),
          make('td', visit.dwell_h.toFixed(1)),
          make('td', percent(visit.pod)),
          make('td', amount(visit.seen)),
        ),
      ),
    ),
  );
}

function notVisited({ reason }) {
  if (!reason) return make('p.reason', 'Not visited. No reason was computed for this cell.');
  return make(
    'div.reason',
    make('p', make('b', 'Not visited. '), quote(reason.text)),
    reason.change ? make('p', 'What would change that: ', quote(reason.change)) : null,
    reason.price == null
      ? null
      : make('p', 'Forcing a visit costs ' + amount(reason.price) + ' of the objective.'),
  );
}
