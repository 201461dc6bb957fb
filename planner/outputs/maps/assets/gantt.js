// All sorties by aircraft over the period, and the hand that sets the clock.

const GUTTER = 104;
const RIGHT = 30;
const AXIS = 28;

function makeGantt(app) {
  const svg = makeSvg('svg.gantt', {
    tabindex: 0,
    role: 'slider',
    'aria-label': 'Time',
    'aria-valuemin': app.start / 1000,
    'aria-valuemax': app.end / 1000,
  });
  const cursor = makeSvg('line.cursor', { y1: 0 });
  const gantt = { element: make('div.gantt-box', svg), svg, cursor, scale: 1 };
  gantt.x = (ms) => GUTTER + (ms - app.start) * gantt.scale;
  gantt.draw = () => {
    drawGantt(gantt, app);
    gantt.show();
  };
  gantt.show = () => {
    const x = gantt.x(app.at).toFixed(1);
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    svg.setAttribute('aria-valuenow', Math.round(app.at / 1000));
    svg.setAttribute('aria-valuetext', dtg(app.at) + ', ' + jst(app.at));
  };
  drag(svg, (event) => {
    const x = event.clientX - svg.getBoundingClientRect().left;
    app.setTime(app.start + (x - GUTTER) / gantt.scale);
  });
  return gantt;
}

function drawGantt(gantt, app) {
  const plans = app.ganttPlans();
  const names = aircraftRows(plans);
  const row = names.length > 12 ? 10 : 13;
  const height = names.length * row;
  gantt.svg.setAttribute('height', height + AXIS);
  gantt.cursor.setAttribute('y2', height + 4);
  gantt.scale = (gantt.svg.clientWidth - GUTTER - RIGHT) / (app.end - app.start);
  const label = (name, i) =>
    makeSvg('text.row', { x: GUTTER - 8, y: (i + 0.5) * row }, name.slice(0, 18));
  const bars = plans.flatMap((plan, part) =>
    plan.sorties.map((sortie) => {
      const top = names.indexOf(sortie.aircraft) * row;
      return sortieBar(gantt, app, sortie, top, row, [part, plans.length]);
    }),
  );
  gantt.svg.replaceChildren(
    ...nightBands(gantt, app, height),
    ...hourLines(gantt, app, height),
    ...names.map(label),
    ...bars,
    gantt.cursor,
  );
}

function aircraftRows(plans) {
  const used = new Set(plans.flatMap((plan) => plan.sorties.map((sortie) => sortie.aircraft)));
  const known = plans.flatMap((plan) => plan.aircraft.map((each) => each.id));
  return [...new Set([...known, ...used])].filter((name) => used.has(name));
}

/** A sortie's bar in its row; plans that are compared share the row's height. */
function sortieBar(gantt, app, sortie, top, row, [part, parts]) {
  const y = top + 1 + (part * (row - 2)) / parts;
  const height = (row - 2) / parts - (parts > 1 ? 0.5 : 0);
  const block = (start, end, kind) =>
    makeSvg('rect', {
      x: gantt.x(start).toFixed(1),
      y,
      height,
      width: Math.max(1, gantt.x(end) - gantt.x(start)).toFixed(1),
      class: kind,
      fill: app.colourOf(sortie),
    });
  return makeSvg(
    'g',
    {
      class:
        'bar' +
        (sortie === app.selected.sortie ? ' chosen' : '') +
        (app.onlyChanged && !app.changed.has(sortie) ? ' same' : ''),
      onclick: () => app.select({ sortie }),
    },
    makeSvg(
      'title',
      sortie.id.slice(0, 60) + '  ' + dtg(sortie.takeoff) + ' – ' + dtg(sortie.landing),
    ),
    block(sortie.takeoff, sortie.landing, 'flight'),
    sortie.visits.map((visit) => block(visit.start, visit.end, 'search')),
  );
}

/** Night and twilight over the middle of the area, as quarter hours run together. */
function nightBands(gantt, app, height) {
  const bands = [];
  const step = Math.max(HOUR / 4, (app.end - app.start) / 700);
  for (let ms = app.start; ms < app.end; ms += step) {
    const light = lightAt(ms + step / 2, app.middle);
    const last = bands[bands.length - 1];
    if (last && last.light === light) last.to = Math.min(app.end, ms + step);
    else bands.push({ light, from: ms, to: Math.min(app.end, ms + step) });
  }
  return bands
    .filter((band) => band.light !== 'day')
    .map((band) =>
      makeSvg('rect', {
        class: 'band ' + band.light,
        x: gantt.x(band.from),
        y: 0,
        height,
        width: gantt.x(band.to) - gantt.x(band.from),
      }),
    );
}

function hourLines(gantt, app, height) {
  const perHour = gantt.x(app.start + HOUR) - gantt.x(app.start);
  const every = [1, 2, 3, 6, 12, 24].find((h) => h * perHour >= 44) || 48;
  const lines = [];
  for (
    let ms = Math.ceil(app.start / (every * HOUR)) * every * HOUR;
    ms <= app.end;
    ms += every * HOUR
  ) {
    const x = gantt.x(ms);
    const midnight = ms % DAY === 0;
    const day = two(new Date(ms).getUTCDate()) + ' ' + MONTHS[new Date(ms).getUTCMonth()];
    lines.push(
      makeSvg('line', { class: midnight ? 'midnight' : 'hour', x1: x, x2: x, y1: 0, y2: height }),
      makeSvg(
        'text',
        { x, y: height + 11, class: midnight ? 'tick day' : 'tick' },
        midnight ? day : clockOf(ms) + 'Z',
      ),
      makeSvg(
        'text',
        { x, y: height + 22, class: 'tick japan' },
        clockOf(ms + JST) + (midnight ? ' JST' : ''),
      ),
    );
  }
  return lines;
}

/** Follow the pointer while it is down; it is captured only once it moves, so that a click stays one. */
function drag(element, move) {
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.onpointermove = (moved) => {
      element.setPointerCapture(event.pointerId);
      move(moved);
    };
    move(event);
  });
  const end = () => {
    element.onpointermove = null;
  };
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
}
