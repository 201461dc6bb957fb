// What lies under the plan: land, graticule, airspace, reports and stations.

function landLayer(land, renderer) {
  return L.layerGroup(
    land.map((country) =>
      L.polygon(
        country.rings.map((ring) => ring.map(flip)),
        { renderer, interactive: false, className: 'land', smoothFactor: 0.7 },
      ),
    ),
  );
}

/** Meridians and parallels, closer together the closer one looks; labelled at the edge of the view. */
function graticule(renderer) {
  const group = L.layerGroup();
  const draw = () => {
    const map = group._map;
    group.clearLayers();
    const bounds = map.getBounds();
    const step = map.getZoom() < 5 ? 10 : map.getZoom() < 7 ? 5 : map.getZoom() < 9 ? 1 : 0.5;
    const lines = [
      ...steps(bounds.getWest(), bounds.getEast(), step).map((lon) => ({ lon })),
      ...steps(Math.max(-80, bounds.getSouth()), Math.min(80, bounds.getNorth()), step).map(
        (lat) => ({ lat }),
      ),
    ];
    lines.forEach((line) => group.addLayer(graticuleLine(line, bounds, renderer)));
    lines
      .filter((line) => hasRoom(line, map))
      .forEach((line) => group.addLayer(graticuleLabel(line, bounds)));
  };
  group.onAdd = (map) => {
    map.on('moveend', draw);
    draw();
  };
  group.onRemove = (map) => {
    map.off('moveend', draw);
    group.clearLayers();
  };
  return group;
}

function steps(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from(
    { length: Math.max(0, Math.floor(to / step) - first + 1) },
    (_, i) => (first + i) * step,
  );
}

function graticuleLine({ lon, lat }, bounds, renderer) {
  const ends =
    lon === undefined
      ? [
          [lat, bounds.getWest() - 30],
          [lat, bounds.getEast() + 30],
        ]
      : [
          [Math.max(-84, bounds.getSouth() - 20), lon],
          [Math.min(84, bounds.getNorth() + 20), lon],
        ];
  return L.polyline(ends, { renderer, interactive: false, className: 'graticule' });
}

/** The corners belong to the scale and to the labels of the other direction. */
function hasRoom({ lon }, map) {
  if (lon === undefined) return true;
  const { x } = map.latLngToContainerPoint([map.getCenter().lat, lon]);
  return x > 44 && x < map.getSize().x - 130;
}

function graticuleLabel({ lon, lat }, bounds) {
  const degrees = (value, plus, minus) =>
    String(Number(Math.abs(value).toFixed(1))) + '°' + (value < 0 ? minus : plus);
  const at = lon === undefined ? [lat, bounds.getWest()] : [bounds.getSouth(), lon];
  const text = lon === undefined ? degrees(lat, 'N', 'S') : degrees(lon, 'E', 'W');
  const anchor = lon === undefined ? [-4, 14] : [-3, 15];
  const icon = L.divIcon({
    className: 'graticule-label',
    html: make('span', text),
    iconSize: null,
    iconAnchor: anchor,
  });
  return L.marker(at, { icon, interactive: false, keyboard: false, pane: 'stations' });
}

/** Airspace in force: closed full, and under the land, where nothing flies; priced dashed, lines as lines. */
function zoneLayer(zones, under, over) {
  const shapes = zones.map((zone) => {
    const points = zone.rings.map((ring) => (zone.lines ? ring : bent(ring)).map(flip));
    const renderer = zone.rule === 'closed' ? under : over;
    const options = { renderer, interactive: false, className: 'zone ' + zone.rule };
    const shape = zone.lines
      ? L.polyline(points, options)
      : L.polygon(
          points.map((ring) => [ring]),
          options,
        );
    shape.zone = zone;
    return shape;
  });
  const group = L.layerGroup(shapes);
  group.show = (at) =>
    shapes.forEach((shape) => {
      const inForce = at >= shape.zone.from && at <= shape.zone.to;
      if (shape._path) shape._path.style.display = inForce ? '' : 'none';
    });
  return group;
}

/** Reports as the regions they are, fainter with age; dashed when the surface did not use them. */
function reportLayer(reports, pane) {
  const renderer = L.canvas({ pane, padding: 0.2 });
  const crowd = crowding(reports);
  return L.layerGroup(
    reports.map((report) =>
      L.polygon(
        report.rings.map((ring) => [ring.map(flip)]),
        {
          renderer,
          interactive: false,
          color: style('--report'),
          weight: 1,
          opacity: Math.max(0.08, freshness(report) * (0.2 + 0.6 * crowd)),
          dashArray: report.weight > 0 ? null : '3 4',
          fill: false,
        },
      ),
    ),
  );
}

/** One for a handful of reports, less for many, so that they do not hide the sea. */
function crowding(reports) {
  return Math.min(1, 6 / Math.sqrt(Math.max(1, reports.length)));
}

/** One for a report of today, a third for one a year old. */
function freshness(report) {
  return Math.exp(-Math.max(0, report.age) / 330);
}

const STATION_FONT = '500 12px system-ui, sans-serif';
const STATION_REACH = 11;

/** Stations and their names; `taken` is where, in the view, nothing else should be written. */
function stationLayer(stations) {
  const markers = stations.map(stationMarker);
  const group = L.layerGroup(markers);
  group.taken = [];
  const place = () => {
    const map = group._map;
    const { x, y } = map.getSize();
    const spots = stations.map(({ lon, lat }) => map.latLngToContainerPoint([lat, lon]));
    group.taken = spots.map((spot) => markBox([spot.x, spot.y], 7));
    stations.forEach((station, i) => {
      const size = sizeOf(station.name.slice(0, 40), STATION_FONT, 15);
      const at = [spots[i].x, spots[i].y];
      const side = freeSide(group.taken, [x, y], at, size, STATION_REACH);
      markers[i].getElement().firstChild.dataset.side = side || 'none';
    });
  };
  group.on('add', () => {
    group._map.on('moveend resize', place);
    place();
  });
  group.on('remove', () => group._map.off('moveend resize', place));
  return group;
}

function stationMarker(station) {
  return L.marker([station.lat, station.lon], {
    pane: 'stations',
    interactive: false,
    keyboard: false,
    icon: L.divIcon({
      className: 'station',
      iconSize: null,
      iconAnchor: [6, 6],
      html: make('div.named', make('i'), make('bdi', station.name.slice(0, 40))),
    }),
  });
}

/** A bar of round nautical miles, true at the middle of the view. */
function scaleBar(map) {
  const label = make('span');
  const bar = make('div.scale', label);
  map.getContainer().parentElement.append(bar);
  return {
    show() {
      const size = map.getSize();
      const left = map.containerPointToLatLng([0, size.y / 2]);
      const right = map.containerPointToLatLng([100, size.y / 2]);
      const perHundred = distanceNm([left.lng, left.lat], [right.lng, right.lat]);
      const round =
        [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((nm) => nm <= perHundred) || 0.2;
      label.textContent = round + ' nm';
      bar.style.width = (100 * round) / perHundred + 'px';
    },
  };
}
