// Keys for people who do not use a mouse, and the page that lists them. Keys of one letter can be
// switched off, since a voice or a cat may press them.
import { giveFocusBack, h, newId } from './dom.js';
import { STATES, pill } from './states.js';

const KEPT = 'fleetbreaker.keys';

export class Keys {
  #commands;
  #on = true;

  /** @param commands `[key, what it does, function]` */
  constructor(commands) {
    this.#commands = commands;
    try {
      this.#on = localStorage.getItem(KEPT) !== 'off';
    } catch {
      // Then they are on.
    }
    document.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('click', (event) => event.target.closest('[data-help]') && this.help());
  }

  #onKey(event) {
    if (!this.#on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest('input, textarea, select, dialog') || document.querySelector('dialog[open]')) return;
    if (event.key === '?') {
      event.preventDefault();
      this.help();
      return;
    }
    const command = this.#commands.find(([key]) => key === event.key);
    if (command) {
      event.preventDefault();
      command[2]();
    }
  }

  help() {
    const opener = document.activeElement;
    const title = newId('title');
    const toggle = h('input', { type: 'checkbox' });
    toggle.checked = this.#on;
    toggle.addEventListener('change', () => {
      this.#on = toggle.checked;
      try {
        localStorage.setItem(KEPT, this.#on ? 'on' : 'off');
      } catch {
        // Then until the page is left.
      }
    });
    const keys = [
      ...this.#commands, ['?', 'This help'], ['Tab', 'From part to part; Shift and Tab goes back'],
      ['← ↑ → ↓', 'In the grid: from cell to cell; Home, End, Page up and down go far'], ['Enter', 'Open what has the focus'], ['Esc', 'Close a dialog without doing anything'],
    ];
    const dialog = h('dialog', { class: 'help', 'aria-labelledby': title },
      h('h2', { id: title, text: 'Help' }),
      h('h3', { text: 'Keys' }),
      h('dl', { class: 'keys' }, keys.map(([key, what]) => h('div', {}, h('dt', {}, h('kbd', { text: key })), h('dd', { text: what })))),
      h('label', { class: 'check' }, toggle, ' Keys of a single letter or sign'),
      h('h3', { text: 'States' }),
      h('ul', { class: 'meanings' }, Object.entries(STATES).map(([kind, { meaning }]) => h('li', {}, pill(kind), h('span', { text: meaning }))),
        h('li', {}, h('span', { class: 'swatch behind' }), h('span', { text: 'a dotted corner: what this worker told is from before the last change' }))),
      h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', text: 'Close', on: { click: () => dialog.close() } })));
    dialog.addEventListener('close', () => {
      dialog.remove();
      giveFocusBack(opener);
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}
