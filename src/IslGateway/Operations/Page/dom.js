'use strict';

/*
 * The few ways in which this page changes its document. Text from outside is only ever written as text, and nothing is written that stands
 * there already, so that focus and selection stay where they are.
 */
const $ = id => document.getElementById(id);

const SVG = 'http://www.w3.org/2000/svg';

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function mark(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/* A copy of a template: its elements, and by name those that have one. */
function copyOf(template) {
  const fragment = $(template).content.cloneNode(true);
  const parts = {};
  for (const part of fragment.querySelectorAll('[data-is]')) parts[part.dataset.is] = part;
  return { elements: [...fragment.children], parts };
}

/* Lists of what comes and goes: one copy of a template for each thing, in their order, kept as long as the thing is there. */
class Listing {
  #shown = new Map();

  constructor(parent, template) {
    this.parent = parent;
    this.template = template;
  }

  /* Of things with the same key only the first is shown. */
  show(things, keyOf, fill) {
    const wanted = new Map(things.toReversed().map(thing => [keyOf(thing), thing]));
    for (const [key, copy] of this.#shown) {
      if (wanted.has(key)) continue;
      copy.elements.forEach(element => element.remove());
      this.#shown.delete(key);
    }

    let before = null;
    for (const [key, thing] of wanted) {
      let copy = this.#shown.get(key);
      if (!copy) this.#shown.set(key, copy = copyOf(this.template));
      for (const element of copy.elements.toReversed()) {
        if (element.nextElementSibling !== before || element.parentNode !== this.parent) this.parent.insertBefore(element, before);
        before = element;
      }
      fill(copy.parts, thing, copy);
    }
  }
}

/* A share of a whole, with an optional mark where the target is. */
function drawBar(bar, share, tone, target) {
  bar.hidden = !Number.isFinite(share);
  if (bar.hidden) return;
  bar.style.setProperty('--share', `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`);
  mark(bar, 'data-tone', tone);
  if (target !== undefined) bar.style.setProperty('--target', `${target * 100}%`);
  bar.classList.toggle('aimed', target !== undefined);
}

/*
 * A curve of the last five minutes: points {at, value} up to now, with gaps where the value is no number. Where a target lies
 * within sight it is drawn, too.
 */
function drawCurve(svg, points, now, target, label) {
  const known = points.filter(point => Number.isFinite(point.value));
  const highest = Math.max(0, ...known.map(point => point.value));
  const showsTarget = target > 0 && highest >= target * 0.4;
  const top = Math.max(highest, showsTarget ? target * 1.2 : 0) || 1;
  const x = at => (200 + (at - now) * 200 / REACH).toFixed(1);
  const y = value => (38 - value * 36 / top).toFixed(1);

  let line = '';
  let area = '';
  let run = [];
  const end = () => {
    if (run.length > 0) {
      const path = run.map(point => `${x(point.at)} ${y(point.value)}`).join('L');
      line += `M${path}`;
      if (run.length === 1) line += `h0.1`;
      area += `M${x(run[0].at)} 40L${path}L${x(run.at(-1).at)} 40Z`;
    }
    run = [];
  };
  for (const point of points) {
    if (!Number.isFinite(point.value)) end();
    else run.push(point);
  }
  end();

  const shape = name => {
    let path = svg.querySelector(`.${name}`);
    if (!path) {
      path = document.createElementNS(SVG, 'path');
      path.setAttribute('class', name);
      svg.append(path);
    }
    return path;
  };
  mark(shape('area'), 'd', area);
  mark(shape('target'), 'd', showsTarget ? `M0 ${y(target)}H200` : '');
  mark(shape('line'), 'd', line);
  mark(svg, 'aria-label', known.length === 0 ? 'no curve yet' : label(known.at(-1).value, highest));
}
