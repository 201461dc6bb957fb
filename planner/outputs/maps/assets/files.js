// Sorties as files to take along. Names are made safe for each format; nothing leaves the machine.

function save(name, content, type) {
  const url = URL.createObjectURL(
    content instanceof Blob ? content : new Blob([content], { type }),
  );
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function fileName(app, ending) {
  const safe = app
    .visiblePlans()
    .map((plan) => plan.name.replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 40) || 'plan');
  return safe.join('_') + '.' + ending;
}

/** A spreadsheet must read text as text: never as a formula, never across columns. */
function csvField(value) {
  if (typeof value === 'number') return String(value);
  const text = String(value == null ? '' : value).replace(/\u0000/g, '');
  const guarded = /^[\s]*[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n']/.test(guarded) ? '"' + guarded.replace(/"/g, '""') + '"' : guarded;
}

const stamp = (ms) => new Date(ms).toISOString().slice(0, 19) + 'Z';
const fixed = (number) => Number(number.toPrecision(4));

function toCsv(plans) {
  const head = [
    'plan',
    'sortie',
    'aircraft',
    'station',
    'recovery',
    'takeoff_utc',
    'landing_utc',
    'airborne_h',
    'search_h',
    'expected_transfers_seen',
    'expected_barrels',
    'visits',
  ];
  const lines = plans.flatMap((plan) =>
    plan.sorties.map((sortie) => [
      plan.name,
      sortie.id,
      sortie.aircraft,
      sortie.station,
      sortie.recovery,
      stamp(sortie.takeoff),
      stamp(sortie.landing),
      fixed(sortie.airborne_h),
      fixed(sortie.search_h),
      fixed(sortie.seen),
      fixed(sortie.barrels),
      sortie.visits
        .map((visit) => visit.cell + ' ' + stamp(visit.start) + '/' + stamp(visit.end))
        .join('; '),
    ]),
  );
  return (
    '\ufeff' + [head, ...lines].map((line) => line.map(csvField).join(',')).join('\r\n') + '\r\n'
  );
}

function toGeoJson(plans) {
  const features = plans.flatMap((plan) =>
    plan.sorties.flatMap((sortie) => [
      {
        type: 'Feature',
        properties: {
          kind: 'sortie',
          plan: plan.name,
          sortie: sortie.id,
          aircraft: sortie.aircraft,
          takeoff: stamp(sortie.takeoff),
          landing: stamp(sortie.landing),
          expected_transfers_seen: fixed(sortie.seen),
        },
        geometry: { type: 'LineString', coordinates: sortie.line.map(rounded) },
      },
      ...sortie.visits
        .filter((visit) => plan.cellById.has(visit.cell))
        .map((visit) => ({
          type: 'Feature',
          properties: {
            kind: 'visit',
            plan: plan.name,
            sortie: sortie.id,
            cell: visit.cell,
            start: stamp(visit.start),
            end: stamp(visit.end),
            pod: fixed(visit.pod),
            expected_transfers_seen: fixed(visit.seen),
          },
          geometry: { type: 'Point', coordinates: rounded(plan.cellById.get(visit.cell).at) },
        })),
    ]),
  );
  return JSON.stringify({ type: 'FeatureCollection', features });
}

const rounded = ([lon, lat]) => [Number(lon.toFixed(5)), Number(lat.toFixed(5))];

/** XML 1.0 text: characters it cannot hold are dropped, those it reserves are named. */
function xml(value) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return String(value)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => names[character]);
}

function toKml(plans) {
  const folder = (name, content) =>
    '<Folder><name>' + xml(name) + '</name>' + content + '</Folder>';
  const body = plans
    .map((plan) =>
      folder(
        plan.title || plan.name,
        plan.sorties
          .map((sortie) =>
            folder(sortie.id + ' ' + sortie.aircraft, kmlTrack(sortie) + kmlVisits(sortie)),
          )
          .join(''),
      ),
    )
    .join('');
  const colours = HUES.map(
    (colour, i) =>
      '<Style id="s' +
      i +
      '"><LineStyle><color>' +
      kmlColour(colour) +
      '</color><width>3</width></LineStyle></Style>',
  ).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>' +
    xml(plans.map((plan) => plan.title || plan.name).join(' / ')) +
    '</name>' +
    colours +
    body +
    '</Document></kml>\n'
  );
}

/** KML writes colours as alpha, blue, green, red. */
function kmlColour(hex) {
  return 'ff' + hex.slice(5, 7) + hex.slice(3, 5) + hex.slice(1, 3);
}

function kmlTrack(sortie) {
  const style =
    Math.max(
      0,
      sortie.plan.stations.findIndex((each) => each.id === sortie.station),
    ) % HUES.length;
  return (
    '<Placemark><name>' +
    xml(sortie.id) +
    '</name><TimeSpan><begin>' +
    stamp(sortie.takeoff) +
    '</begin><end>' +
    stamp(sortie.landing) +
    '</end></TimeSpan><styleUrl>#s' +
    style +
    '</styleUrl><LineString><tessellate>1</tessellate><coordinates>' +
    sortie.line.map((at) => rounded(at).join(',')).join(' ') +
    '</coordinates></LineString></Placemark>'
  );
}

function kmlVisits(sortie) {
  return sortie.visits
    .filter((visit) => sortie.plan.cellById.has(visit.cell))
    .map(
      (visit) =>
        '<Placemark><name>' +
        xml(visit.cell) +
        '</name><description>' +
        xml(hours(visit.dwell_h) + ', POD ' + percent(visit.pod)) +
        '</description><TimeSpan><begin>' +
        stamp(visit.start) +
        '</begin><end>' +
        stamp(visit.end) +
        '</end></TimeSpan><Point><coordinates>' +
        rounded(sortie.plan.cellById.get(visit.cell).at).join(',') +
        '</coordinates></Point></Placemark>',
    )
    .join('');
}

/** Routes with turn points; names of points are five characters, as navigators' units want them. */
function toGpx(plans) {
  let count = 0;
  const five = () => 'P' + (count++).toString(36).toUpperCase().padStart(4, '0');
  const routes = plans.flatMap((plan) =>
    plan.sorties.map(
      (sortie) =>
        '<rte><name>' +
        xml(sortie.id) +
        '</name><desc>' +
        xml(sortie.aircraft + ' ' + dtg(sortie.takeoff) + ' - ' + dtg(sortie.landing)) +
        '</desc>' +
        turnPoints(sortie)
          .map(
            ({ at, note }) =>
              '<rtept lat="' +
              rounded(at)[1] +
              '" lon="' +
              rounded(at)[0] +
              '"><name>' +
              five() +
              '</name><desc>' +
              xml(note) +
              '</desc></rtept>',
          )
          .join('') +
        '</rte>',
    ),
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="patrol planner" xmlns="http://www.topografix.com/GPX/1/1">' +
    routes.join('') +
    '</gpx>\n'
  );
}

function turnPoints(sortie) {
  const points = sortie.legs.flatMap((leg, i) =>
    leg.points.slice(i === 0 ? 0 : 1).map((at, k, all) => ({
      at,
      note: k === all.length - 1 ? leg.end : i === 0 && k === 0 ? leg.start : 'turn point',
    })),
  );
  return points;
}

const FILES = [
  ['Print on A4', (app) => printOn(app, 'A4 landscape')],
  ['Print on A4, upright', (app) => printOn(app, 'A4 portrait')],
  ['Print on A3', (app) => printOn(app, 'A3 landscape')],
  ['PNG picture of the view', (app) => savePicture(app)],
  ['CSV table', (app) => save(fileName(app, 'csv'), toCsv(app.visiblePlans()), 'text/csv')],
  [
    'GeoJSON',
    (app) => save(fileName(app, 'geojson'), toGeoJson(app.visiblePlans()), 'application/geo+json'),
  ],
  [
    'KML, timed',
    (app) =>
      save(fileName(app, 'kml'), toKml(app.visiblePlans()), 'application/vnd.google-earth.kml+xml'),
  ],
  [
    'GPX routes',
    (app) => save(fileName(app, 'gpx'), toGpx(app.visiblePlans()), 'application/gpx+xml'),
  ],
];

function makeFileMenu(app) {
  const menu = make('details.menu', make('summary', 'Take along'));
  menu.append(
    make(
      'div',
      FILES.map(([label, action]) =>
        button(label, () => {
          menu.open = false;
          action(app);
        }),
      ),
    ),
  );
  menu.addEventListener('focusout', (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}
