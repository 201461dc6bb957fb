// Elements are made from text and other elements, never from markup: data cannot become code.

/** `make('p.quiet', { title }, …)`: a tag with classes, attributes if any, then what it holds. */
function make(tag, ...content) {
  const [name, ...classes] = tag.split('.');
  return filled(document.createElement(name), classes, content);
}

function makeSvg(tag, ...content) {
  const [name, ...classes] = tag.split('.');
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), classes, content);
}

function filled(element, classes, content) {
  element.classList.add(...classes);
  const [first] = content;
  const attributes =
    first && Object.getPrototypeOf(first) === Object.prototype ? content.shift() : {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...content.flat(Infinity).filter((each) => each != null && each !== false));
  return element;
}

/** Text from a file, kept apart so that its writing direction cannot disturb the rest. */
function quote(text, limit = 400) {
  const string = String(text);
  const shown = string.length > limit ? string.slice(0, limit) + '…' : string;
  return make('bdi', { title: string.length > limit ? string.slice(0, 2000) : null }, shown);
}

function rows(pairs, kind = 'rows') {
  return make(
    'dl.' + kind,
    pairs
      .filter(Boolean)
      .map(([name, value, title]) => make('div', { title }, make('dt', name), make('dd', value))),
  );
}

function button(label, action, attributes) {
  return make('button', { type: 'button', onclick: action, ...attributes }, label);
}

/** A row of buttons of which one is pressed; `choose` is told which. */
function choice(name, options, choose) {
  const group = make('div', { class: 'choice', role: 'group', 'aria-label': name });
  const show = (value) => {
    for (const each of group.children) {
      each.setAttribute('aria-pressed', String(each.dataset.value === value));
    }
  };
  for (const [value, label, title] of options) {
    group.append(
      button(
        label,
        () => {
          show(value);
          choose(value);
        },
        { 'data-value': value, title },
      ),
    );
  }
  group.show = show;
  return group;
}

/** A filled bar that says its value; `show(share)` changes it, share in [0, 1]. */
function gauge(share, label) {
  const fill = make('i');
  const bar = make(
    'span',
    { class: 'gauge', role: 'meter', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 },
    fill,
  );
  bar.show = (part) => {
    const percentage = 100 * Math.max(0, Math.min(1, part));
    fill.style.width = percentage.toFixed(1) + '%';
    bar.setAttribute('aria-valuenow', Math.round(percentage));
  };
  bar.show(share);
  return bar;
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
