// What the right side says about a sortie: times, endurance, worth, and what it does when.

function sortieDetail(sortie, app) {
  const { plan } = sortie;
  const name = (id) => (plan.stationById.get(id) || { name: id }).name;
  const inside = Object.entries(sortie.inside_h).filter(([, h]) => h > 0);
  return [
    make(
      'h2',
      planMark(plan, app),
      'Sortie ',
      quote(sortie.id, 80),
      sortie.pinned ? make('span.tag', 'pinned') : null,
    ),
    make(
      'p.quiet',
      quote(sortie.aircraft, 80),
      ' from ',
      quote(name(sortie.station), 80),
      sortie.recovery === sortie.station ? null : [', lands at ', quote(name(sortie.recovery), 80)],
    ),
    endurance(sortie),
    rows([
      ['Take-off', dtg(sortie.takeoff), jst(sortie.takeoff)],
      ['Landing', dtg(sortie.landing), jst(sortie.landing)],
      ['Searching', hours(sortie.search_h)],
      sortie.ferry_h > 0 && ['Ferry home', hours(sortie.ferry_h)],
      ['Expected transfers seen', amount(sortie.seen)],
      ['Expected barrels', amount(sortie.barrels)],
      sortie.alone != null && [
        'If it flew alone',
        amount(sortie.alone),
        'What it would see with no other sortie',
      ],
      sortie.lost != null && [
        'Lost without it',
        amount(sortie.lost),
        'Objective lost if it did not fly and nothing else changed',
      ],
      ...inside.map(([zone, h]) => ['Inside ' + zoneName(plan, zone), hours(h)]),
    ]),
    why(sortie),
    make('h3', 'Timeline'),
    timeline(sortie, app),
  ];
}

function zoneName(plan, id) {
  const zone = plan.zones.find((each) => each.id === id);
  return (zone ? zone.name : id).slice(0, 60);
}

function endurance(sortie) {
  const share = sortie.airborne_h / sortie.endurance_h;
  return make(
    'div.endurance',
    gauge(share, 'Endurance used'),
    make(
      'span',
      hours(sortie.airborne_h) + ' of ' + hours(sortie.endurance_h) + ' endurance, reserve kept',
    ),
  );
}

/** In words, from the plan's own numbers. */
function why(sortie) {
  if (!sortie.visits.length || sortie.seen <= 0) return null;
  const best = sortie.visits.reduce((a, b) => (b.seen > a.seen ? b : a));
  const shared =
    sortie.alone != null && sortie.alone > sortie.seen * 1.005
      ? ' Other sorties already see ' +
        percent(1 - sortie.seen / sortie.alone) +
        ' of what it would see alone.'
      : '';
  return make(
    'p.why',
    'The largest part comes from ',
    quote(best.cell, 60),
    ' (' + percent(best.seen / sortie.seen) + ', ' + best.condition.slice(0, 80) + ').' + shared,
  );
}

function timeline(sortie, app) {
  const when = (ms) => button(dtg(ms).slice(0, 7), () => app.setTime(ms), { title: jst(ms) });
  const entries = [
    ...sortie.legs.map((leg) => ({ at: leg.depart, line: legLine(leg) })),
    ...sortie.visits.map((visit) => ({ at: visit.start, line: visitLine(visit, app) })),
    { at: sortie.landing, line: 'landing' },
  ];
  return make(
    'ol.timeline',
    entries.sort((a, b) => a.at - b.at).map(({ at, line }) => make('li', when(at), line)),
  );
}

function legLine(leg) {
  const flown = Math.round(leg.distance_nm) + ' nm, ' + hours((leg.arrive - leg.depart) / HOUR);
  return make('span', quote(leg.start, 40), ' → ', quote(leg.end, 40), make('small.quiet', flown));
}

function visitLine(visit, app) {
  const open = () => selectCell(app, visit.sortie.plan, visit.cell);
  const { pattern } = visit;
  const notes = [
    'sees ' + amount(visit.seen),
    'sweep ' + amount(visit.sweep_width_nm) + ' nm',
    visit.condition.slice(0, 80),
    pattern && pattern.kind + ', ' + amount(pattern.spacing_nm) + ' nm apart',
  ];
  return make(
    'span.search-line',
    button(visit.cell.slice(0, 40), open, { class: 'link' }),
    ' search ' + hours(visit.dwell_h) + ', POD ' + percent(visit.pod),
    make('small.quiet', notes.filter(Boolean).join('; ')),
  );
}
