// Colours a colour-blind reader and a black-and-white printer can both tell apart: lightness runs one way.
// YlOrBr, YlGnBu, PuOr and Purples after ColorBrewer 2.0 (Brewer, Harrower, Penn State; Apache 2.0).

const RAMPS = {
  worth: ['#fff3c4', '#fee391', '#fec44f', '#fe9929', '#d95f0e', '#8c2d04'],
  searched: ['#e3f3db', '#c7e9b4', '#7fcdbb', '#41b6c4', '#2c7fb8', '#253494'],
  unsure: ['#efedf5', '#dadaeb', '#bcbddc', '#9e9ac8', '#756bb1', '#4a1486'],
  change: ['#b35806', '#e08214', '#fdb863', '#b2abd2', '#8073ac', '#542788'],
};

// In the dark the bright end must be the high end.
const DARK_RAMPS = {
  worth: ['#2c2a30', '#553330', '#8c4a21', '#c66f1b', '#f2ac45', '#fdf0bd'],
  searched: ['#16323f', '#17505f', '#1d7a86', '#36a9a5', '#84d3b0', '#e4f7cf'],
  unsure: ['#2a2540', '#413a63', '#5f5790', '#857dba', '#b3addd', '#e9e6fa'],
  change: ['#fdb863', '#e08214', '#9a5410', '#5a5390', '#8f86c9', '#c9c3ee'],
};

const isDark = () => document.documentElement.classList.contains('dark');
const ramp = (name) => (isDark() ? DARK_RAMPS : RAMPS)[name];

// Okabe and Ito (2008), "Color Universal Design", darkened or lightened to stand on the sea.
const HUES = [
  '#0067a5',
  '#c24e00',
  '#007f5f',
  '#a3417f',
  '#5b4b00',
  '#3d5a80',
  '#8c1c13',
  '#2f6f8f',
];
const DARK_HUES = [
  '#6cc3ff',
  '#ff9f5a',
  '#3fd6ac',
  '#f0a3cf',
  '#f2e26b',
  '#a9c1ff',
  '#ff8d85',
  '#9be7ff',
];
// For sorties that several plans fly alike.
const UNCHANGED = '#66727d';
const DARK_UNCHANGED = '#8696a3';
const unchanged = () => (isDark() ? DARK_UNCHANGED : UNCHANGED);
const hue = (index) => (isDark() ? DARK_HUES : HUES)[index % HUES.length];

/** Class limits on a 1-2-5 ladder ending below the greatest value: round numbers, equal ratios. */
function ladder(greatest, count = 6) {
  if (!(greatest > 0)) return Array.from({ length: count }, (_, i) => i + 1);
  const steps = [];
  for (let power = Math.floor(Math.log10(greatest)); steps.length < count; power -= 1) {
    for (const digit of [5, 2, 1]) {
      const step = Number((digit * 10 ** power).toPrecision(1));
      if (step < greatest && steps.length < count) steps.push(step);
    }
  }
  return steps.reverse();
}

/** Index of the class a value falls in; -1 below the first limit. */
function classOf(value, limits) {
  let index = limits.length - 1;
  while (index >= 0 && value < limits[index]) index -= 1;
  return index;
}

const SHARES = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95];

/** Everything the sea can be coloured by. `value(cell, state)` is per cell; `moving` follows time. */
const COLOURINGS = [
  {
    key: 'transfers',
    label: 'Transfers',
    ramp: 'worth',
    unit: 'transfers under way in the period, expected',
    value: (cell) => cell.transfers,
  },
  {
    key: 'barrels',
    label: 'Barrels',
    ramp: 'worth',
    measure: 'barrels',
    unit: 'barrels changing hands in the period, expected',
    value: (cell) => cell.barrels,
  },
  {
    key: 'searched',
    label: 'Searched',
    ramp: 'searched',
    moving: true,
    measure: 'hours',
    unit: 'hours searched by now',
    value: (cell, at) => searchedBy(cell, at),
  },
  {
    key: 'unseen',
    label: 'Unseen',
    ramp: 'worth',
    moving: true,
    like: 'transfers',
    unit: 'expected transfers not seen by now',
    value: (cell, at) => cell.transfers - seenBy(cell, at),
  },
  {
    key: 'low',
    label: 'Low',
    ramp: 'worth',
    like: 'high',
    unit: 'transfers; 5 % of the surfaces lie below',
    value: (cell) => cell.low,
  },
  {
    key: 'high',
    label: 'High',
    ramp: 'worth',
    unit: 'transfers; 95 % of the surfaces lie below',
    value: (cell) => cell.high,
  },
  {
    key: 'unknown',
    label: 'Unknown',
    ramp: 'unsure',
    limits: SHARES,
    share: true,
    unit: 'share of the belief that rests on no look at all',
    value: (cell) => cell.unknown,
  },
  {
    key: 'change',
    label: 'B − A',
    ramp: 'change',
    pair: true,
    unit: 'expected transfers seen by B less A',
    value: (cell, at, other) => other.seen - cell.seen,
  },
];

/** Colour classes for one colouring, the same over all plans shown so that they compare. */
function classesFor(colouring, plans) {
  const colours = ramp(colouring.ramp);
  if (colouring.pair) return { colours, limits: changeLimits(plans) };
  if (colouring.limits) return { colours, limits: colouring.limits };
  const scale = COLOURINGS.find((each) => each.key === (colouring.like || colouring.key));
  let greatest = 0;
  for (const plan of plans)
    for (const cell of plan.cells) greatest = Math.max(greatest, scale.value(cell, Infinity));
  return { colours, limits: ladder(greatest) };
}

function changeLimits(plans) {
  const [a, b] = plans;
  let greatest = 0;
  a.cells.forEach((cell) => {
    greatest = Math.max(greatest, Math.abs((b.cellById.get(cell.id) || cell).seen - cell.seen));
  });
  return ladder(greatest, 3);
}

function classOfCell(cell, colouring, limits, at, other) {
  if (!colouring.pair) return classOf(colouring.value(cell, at), limits);
  if (!other) return -1;
  const change = colouring.value(cell, at, other);
  const size = classOf(Math.abs(change), limits);
  if (size < 0) return -1;
  return change < 0 ? 2 - size : 3 + size;
}
