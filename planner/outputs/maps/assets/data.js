// The page's data, unpacked into plans that the rest of the page can read.

function readPlans() {
  const packed = JSON.parse(document.getElementById('data').textContent);
  const scale = packed.steps;
  const land = packed.land.map((country) => ({
    name: country.name,
    rings: country.rings.map((ring) => unstep(ring, 1000)),
  }));
  const read = readOnce(packed.shared, scale);
  const plans = packed.plans.map((plan, index) => readPlan(plan, index, read, scale));
  return { plans, land };
}

/** Undo the packing of coordinates: `x, y, dx, dy, …` in whole steps. */
function unstep(flat, scale) {
  const points = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < flat.length; i += 2) {
    x += flat[i];
    y += flat[i + 1];
    points.push([x / scale, y / scale]);
  }
  return points;
}

/** A reader of shared pieces: plans that share a piece share what is made of it. */
function readOnce(shared, scale) {
  const made = new Map();
  return (place, make = (piece) => piece) => {
    if (!made.has(place)) made.set(place, make(shared[place], scale, shared));
    return made.get(place);
  };
}

function readPlan(packed, index, read, scale) {
  const plan = {
    ...packed,
    index,
    letter: 'ABCDEFGH'[index],
    start: packed.start * 1000,
    end: packed.end * 1000,
    assumptions: read(packed.assumptions),
    stations: read(packed.stations),
    aircraft: read(packed.aircraft),
    zones: read(packed.zones, readZones),
    reports: read(packed.reports, readReports),
    grid: read(packed.grid, readGrid),
    cells: readCells(packed, read),
  };
  plan.cellById = new Map(plan.cells.map((cell) => [cell.id, cell]));
  plan.stationById = new Map(plan.stations.map((station) => [station.id, station]));
  plan.aircraftById = new Map(plan.aircraft.map((each) => [each.id, each]));
  plan.sorties = packed.sorties
    .map((sortie) => readSortie(sortie, plan, scale))
    .sort((a, b) => a.takeoff - b.takeoff);
  plan.searched = plan.cells.filter((cell) => cell.visits.length > 0);
  return plan;
}

function readZones(zones, scale) {
  return zones.map((zone) => ({
    ...zone,
    rings: zone.rings.map((ring) => unstep(ring, scale)),
    from: zone.from_time == null ? -Infinity : zone.from_time * 1000,
    to: zone.to_time == null ? Infinity : zone.to_time * 1000,
  }));
}

function readReports(reports, scale, shared) {
  return reports.map(([id, when, age, weight, count, rings, basis, vessels, source]) => ({
    id,
    when,
    age,
    weight,
    count,
    rings: rings.map((ring) => unstep(ring, scale)),
    basis: shared[basis],
    vessels: shared[vessels],
    source: shared[source],
  }));
}

function readGrid(grid, scale) {
  return {
    ...grid,
    at: unstep(grid.at, scale),
    rings: grid.rings.map((rings) => rings.map((ring) => unstep(ring, scale))),
  };
}

function readCells(packed, read) {
  const grid = read(packed.grid, readGrid);
  const belief = read(packed.belief);
  return grid.id.map((id, i) => {
    const reason = packed.reasons[i] && read(packed.reasons[i][0]);
    return {
      index: i,
      id,
      at: grid.at[i],
      rings: grid.rings[i],
      area: grid.area[i],
      share: grid.share[i],
      transfers: belief.transfers[i],
      barrels: belief.barrels[i],
      low: belief.low[i],
      high: belief.high[i],
      unknown: belief.unknown[i],
      seen: packed.seen[i],
      reason: reason && {
        code: reason[0],
        text: reason[1],
        change: reason[2],
        price: packed.reasons[i][1],
      },
      visits: [],
    };
  });
}

function readSortie(packed, plan, scale) {
  const sortie = {
    ...packed,
    plan,
    takeoff: packed.takeoff * 1000,
    landing: packed.landing * 1000,
  };
  sortie.legs = packed.legs.map((leg) => ({
    ...leg,
    depart: leg.depart * 1000,
    arrive: leg.arrive * 1000,
    points: unstep(leg.points, scale),
  }));
  sortie.visits = packed.visits.map((visit) => {
    const read = {
      ...visit,
      sortie,
      start: visit.start * 1000,
      end: visit.end * 1000,
      pattern: visit.pattern && { ...visit.pattern, track: unstep(visit.pattern.track, scale) },
    };
    const cell = plan.cellById.get(visit.cell);
    if (cell) cell.visits.push(read);
    return read;
  });
  sortie.path = timedPath(sortie, plan);
  sortie.line = bent(sortie.legs.flatMap((leg) => leg.points));
  sortie.bounds = boundsOf(sortie.line.length ? sortie.line : [[0, 0]]);
  return sortie;
}

/** Where the aircraft is when: legs along their turn points, searches along their pattern. */
function timedPath(sortie, plan) {
  const pieces = [
    ...sortie.legs.map((leg) => ({ from: leg.depart, to: leg.arrive, points: bent(leg.points) })),
    ...sortie.visits.map((visit) => ({
      from: visit.start,
      to: visit.end,
      points: searchTrack(visit, plan),
      search: true,
    })),
  ];
  return pieces.sort((a, b) => a.from - b.from || a.to - b.to).flatMap(timedPoints);
}

function searchTrack(visit, plan) {
  const cell = plan.cellById.get(visit.cell);
  return visit.pattern ? visit.pattern.track : cell ? [cell.at] : [];
}

function timedPoints({ from, to, points, search = false }) {
  const run = [0];
  for (let i = 1; i < points.length; i += 1)
    run.push(run[i - 1] + distanceNm(points[i - 1], points[i]));
  const length = run[run.length - 1] || 1;
  return points.map((at, i) => ({ t: from + ((to - from) * run[i]) / length, at, search }));
}

/** Share of a visit flown by a moment. */
function flownShare(visit, at) {
  if (at >= visit.end) return 1;
  return at <= visit.start ? 0 : (at - visit.start) / (visit.end - visit.start);
}

function seenBy(cell, at) {
  return cell.visits.reduce((sum, visit) => sum + visit.seen * flownShare(visit, at), 0);
}

function searchedBy(cell, at) {
  return cell.visits.reduce((sum, visit) => sum + visit.dwell_h * flownShare(visit, at), 0);
}

function planSeenBy(plan, at) {
  return plan.sorties.reduce((sum, sortie) => sum + sortieSeenBy(sortie, at), 0);
}

function sortieSeenBy(sortie, at) {
  return sortie.visits.reduce((sum, visit) => sum + visit.seen * flownShare(visit, at), 0);
}

/** Place and heading at a moment; null when the aircraft is not in the air. */
function positionAt(sortie, at) {
  const path = sortie.path;
  if (at < sortie.takeoff || at > sortie.landing || path.length === 0) return null;
  let [low, high] = [0, path.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (path[middle].t <= at) low = middle;
    else high = middle - 1;
  }
  const here = path[low];
  const next = path[Math.min(low + 1, path.length - 1)];
  const share = next.t > here.t ? Math.max(0, Math.min(1, (at - here.t) / (next.t - here.t))) : 0;
  const point = along(here.at, next.at, share);
  const ahead = share < 1 ? next.at : here.at;
  return {
    at: point,
    passed: low,
    heading: bearing(share < 1 ? point : path[Math.max(0, low - 1)].at, ahead),
  };
}
