// Everything the pointer can do to the clock and the map, from the keyboard.

const KEYS = [
  ['space', 'play or pause', (app) => app.clock.toggle()],
  ['← →', 'ten minutes; with shift, one hour', null],
  [', .', 'previous, next take-off or landing', null],
  ['Home End', 'start, end of the period', null],
  ['[ ]', 'previous, next sortie', null],
  ['/', 'find', (app) => app.panel.element.querySelector('input').focus()],
  ['f', 'fit the plan', (app) => app.fit()],
  ['+', 'zoom in', (app) => app.zoom(1)],
  ['-', 'zoom out', (app) => app.zoom(-1)],
  ['i j k l', 'move the map', null],
  ['c', 'the cell in the middle', (app) => app.selectMiddle()],
  ['1 – 9', 'colour of the sea', null],
  ['m', 'next plan or comparison', (app) => app.nextMode()],
  ['s', 'speed', (app) => app.clock.faster()],
  ['d', 'dark or light', (app) => app.toggleDark()],
  ['p', 'print', (app) => printOn(app, 'A4 landscape')],
  ['Esc', 'close details', (app) => app.select({})],
  ['?', 'these keys', (app) => app.help.toggle()],
];

function listenToKeys(app) {
  const simple = new Map(
    KEYS.filter(([, , action]) => action).map(([key, , action]) => [key, action]),
  );
  const moves = { ArrowLeft: -1, ArrowRight: 1 };
  const pans = { i: [0, -80], j: [-80, 0], k: [0, 80], l: [80, 0] };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || app.help.element.open) return;
    const onControl =
      /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'checkbox';
    if (onControl) return;
    const pressing = /^(BUTTON|SUMMARY|INPUT)$/.test(event.target.tagName) && event.key === ' ';
    if (pressing) return;
    const name = { ' ': 'space', Escape: 'Esc' }[event.key] || event.key;
    if (simple.has(name)) simple.get(name)(app);
    else if (moves[event.key])
      app.setTime(app.at + moves[event.key] * (event.shiftKey ? HOUR : HOUR / 6));
    else if (pans[event.key]) app.firstView().map.panBy(pans[event.key], { animate: false });
    else if (event.key === ',') app.step(-1);
    else if (event.key === '.') app.step(1);
    else if (event.key === '[') app.stepSortie(-1);
    else if (event.key === ']') app.stepSortie(1);
    else if (event.key === 'Home') app.setTime(app.start);
    else if (event.key === 'End') app.setTime(app.end);
    else if (/^[1-9]$/.test(event.key)) app.setColouringNumber(Number(event.key) - 1);
    else return;
    event.preventDefault();
  });
}

function makeHelp() {
  const dialog = make(
    'dialog',
    { class: 'help', 'aria-label': 'Keys' },
    make('h2', 'Keys'),
    rows(KEYS.map(([key, does]) => [make('kbd', key), does])),
    make('form', { method: 'dialog' }, make('button', 'Close')),
  );
  return { element: dialog, toggle: () => (dialog.open ? dialog.close() : dialog.showModal()) };
}
