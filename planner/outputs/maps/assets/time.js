// The clock: play, speed, steps from one take-off or landing to the next.

const SPEEDS = [5, 15, 60, 180];

function makeClock(app) {
  const face = {
    utc: make('b.dtg'),
    japan: make('span.quiet'),
    light: make('span.light'),
    count: make('span.count'),
  };
  const clock = { playing: false, speed: 0 };
  const play = button('Play', () => clock.toggle(), {
    class: 'play',
    title: 'Play or pause (space)',
  });
  const speed = button('', () => clock.faster(), { title: 'Minutes of the plan a second (s)' });
  clock.toggle = () => {
    clock.playing = !clock.playing;
    play.textContent = clock.playing ? 'Pause' : 'Play';
    if (clock.playing && app.at >= app.end) app.setTime(app.start);
    if (clock.playing) requestAnimationFrame((now) => tick(clock, app, now, now));
  };
  clock.faster = () => {
    clock.speed = (clock.speed + 1) % SPEEDS.length;
    speed.textContent = SPEEDS[clock.speed] + ' min/s';
  };
  clock.faster();
  clock.show = () => showClock(face, app);
  const [back, on] = [stepButton(app, -1), stepButton(app, 1)];
  const { utc, japan, light, count } = face;
  clock.element = make(
    'div.clock',
    back,
    play,
    on,
    speed,
    utc,
    japan,
    light,
    make('span.spring'),
    count,
  );
  return clock;
}

function stepButton(app, direction) {
  const [sign, title] =
    direction < 0
      ? ['◂', 'Previous take-off or landing (,)']
      : ['▸', 'Next take-off or landing (.)'];
  return button(sign, () => app.step(direction), { title, 'aria-label': title });
}

function showClock({ utc, japan, light, count }, app) {
  utc.textContent = dtg(app.at);
  japan.textContent = jst(app.at);
  light.textContent = lightAt(app.at, app.middle);
  const plans = app.visiblePlans();
  const key = plans.map((plan) => app.planColour(plan)).join();
  if (count.key !== key) {
    count.key = key;
    count.faces = plans.map((plan) => countOf(plan, plans.length < 3, app));
    count.replaceChildren(...count.faces.map((face) => face.element));
  }
  count.faces.forEach((each) => each.show(app.at));
}

function tick(clock, app, before, now) {
  if (!clock.playing) return;
  app.setTime(app.at + ((now - before) / 1000) * SPEEDS[clock.speed] * 60e3);
  if (app.at >= app.end) clock.toggle();
  else requestAnimationFrame((next) => tick(clock, app, now, next));
}

/** Expected transfers a plan has seen so far, of all it will. */
function countOf(plan, gauged, app) {
  const all = plan.value.transfers;
  const several = app.plans.length > 1;
  const bar = gauge(0, 'Expected transfers seen so far');
  const number = make('b');
  const letter = make('i', { class: 'letter', style: 'color:' + app.planColour(plan) }, plan.letter);
  const whole = app.plans.length > 4 ? '' : ' / ' + total(all);
  const rest = several ? whole : ' of ' + total(all) + ' transfers seen';
  return {
    element: make('span.seen', several && letter, gauged && bar, number, rest),
    show(at) {
      const seen = planSeenBy(plan, at);
      if (gauged) bar.show(all > 0 ? seen / all : 0);
      number.textContent = likeTotal(seen, all);
    },
  };
}

/** Every take-off and landing of the plans shown, in order. */
function momentsOf(plans) {
  const moments = plans.flatMap((plan) =>
    plan.sorties.flatMap((sortie) => [sortie.takeoff, sortie.landing]),
  );
  return [...new Set(moments)].sort((a, b) => a - b);
}
