// Numbers, times and places as planners write them.

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const JST = 9 * HOUR;
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const two = (number) => String(number).padStart(2, '0');

/** Date-time group, for example 170900ZFEB20. */
function dtg(ms) {
  const d = new Date(ms);
  const year = two(d.getUTCFullYear() % 100);
  return two(d.getUTCDate()) + clockOf(ms) + 'Z' + MONTHS[d.getUTCMonth()] + year;
}

function clockOf(ms) {
  const d = new Date(ms);
  return two(d.getUTCHours()) + two(d.getUTCMinutes());
}

/** Japan's clock, for example 171800 JST. */
function jst(ms) {
  const local = ms + JST;
  return two(new Date(local).getUTCDate()) + clockOf(local) + ' JST';
}

function hours(h) {
  const minutes = Math.round(h * 60);
  return Math.floor(minutes / 60) + ' h ' + two(minutes % 60);
}

/** Two significant digits: nobody knows more than that. */
function amount(number) {
  if (number === 0) return '0';
  const size = Math.abs(number);
  if (size >= 100) return GROUPED.format(number);
  if (size < 0.0001) return '< 0.0001';
  return Number.isInteger(number) ? String(number) : number.toPrecision(2);
}

/** A sum worth three digits, with as many decimals as its fellows. */
function total(number) {
  const size = Math.abs(number);
  if (size >= 100) return GROUPED.format(number);
  return number.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

/** A part written with the decimals of its whole. */
function likeTotal(part, whole) {
  const decimals = (total(whole).split('.')[1] || '').length;
  return part.toFixed(decimals);
}

const percent = (share) => Number((100 * share).toFixed(share < 0.1 ? 1 : 0)) + ' %';
const signed = (number) => (number > 0 ? '+' : number < 0 ? '−' : '±') + total(Math.abs(number));
const words = (count, noun) => GROUPED.format(count) + ' ' + noun + (count === 1 ? '' : 's');

/** Degrees and decimal minutes, for example 31°12.0'N 124°06.0'E. */
function place([lon, lat]) {
  return minutesOf(lat, 'N', 'S', 2) + ' ' + minutesOf(lon, 'E', 'W', 3);
}

function minutesOf(value, plus, minus, width) {
  const tenths = Math.round(Math.abs(value) * 600);
  const degrees = String(Math.floor(tenths / 600)).padStart(width, '0');
  const minutes = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  return degrees + '°' + minutes + "'" + (value < 0 ? minus : plus);
}
