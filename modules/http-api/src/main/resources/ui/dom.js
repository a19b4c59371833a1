// Elements from values. Text is only ever set as text: what a worker tells may be hostile.

/** An element with properties ("class", "text", "on", "data", else attributes) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name === 'text') element.textContent = value;
    else if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'data') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets text if it differs, so that nothing is laid out or read aloud anew without a cause. */
export function setText(element, text) {
  const wanted = text ?? '';
  if (element.textContent !== wanted) element.textContent = wanted;
}

export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === '') {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

/** Makes the children of a parent those of `items`, in that order, and keeps elements by key. */
export function reconcile(parent, items, keyOf, make, update) {
  const known = (parent.keyed ??= new Map());
  const seen = new Set();
  let at = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    seen.add(key);
    let element = known.get(key);
    if (!element) {
      element = make(item);
      known.set(key, element);
    }
    update(element, item);
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  for (const [key, element] of known) {
    if (!seen.has(key)) {
      element.remove();
      known.delete(key);
    }
  }
}

/** Shows what a part of the page has instead of content: that it is loading, empty or failed. */
export function placeholder(parent, kind, text, ...more) {
  const same = parent.dataset.placeholder === kind + text;
  if (same) return;
  parent.keyed = undefined;
  parent.replaceChildren(h('p', { class: kind, text }), ...more);
  parent.dataset.placeholder = kind + text;
}

/** Takes a placeholder away, if there is one. */
export function clearPlaceholder(parent) {
  if (parent.dataset.placeholder !== undefined || parent.querySelector(':scope > .loading')) {
    parent.replaceChildren();
    parent.keyed = undefined;
    delete parent.dataset.placeholder;
  }
}

/** Gives the focus back to what a dialog was opened from, unless it has gone elsewhere meanwhile. */
export function giveFocusBack(opener, otherwise = null) {
  const { activeElement, body } = document;
  if (activeElement && activeElement !== body) return;
  if (opener?.isConnected && opener !== body) opener.focus();
  else otherwise?.focus();
}

let ids = 0;
export const newId = (what) => `${what}-${++ids}`;
