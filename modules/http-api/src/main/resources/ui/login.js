// Asks for the token when the API wants one.
import { NoAnswer } from './api.js';
import { h, newId, setText } from './dom.js';

export class Login {
  #api;
  #onSignedIn;
  #dialog = null;

  constructor(api, onSignedIn) {
    this.#api = api;
    this.#onSignedIn = onSignedIn;
  }

  get isOpen() {
    return this.#dialog !== null;
  }

  open(why = '') {
    if (this.#dialog) return;
    const title = newId('title');
    const token = h('input', { type: 'password', id: newId('field'), autocomplete: 'off', spellcheck: 'false', required: true });
    const keep = h('input', { type: 'checkbox' });
    const failure = h('p', { class: 'failed', role: 'alert', text: why });
    const submit = h('button', { type: 'submit', class: 'primary', text: 'Sign in' });
    const form = h('form', { method: 'dialog', novalidate: true },
      h('p', { text: 'This fleet wants to know who you are. Your token decides what you may do; your name stands in the history of what you do.' }),
      h('div', { class: 'field' }, h('label', { for: token.id, text: 'Token' }), token),
      h('label', { class: 'check' }, keep, ' Keep it until this tab is closed'),
      h('small', { class: 'note', text: 'Otherwise it is forgotten when the page is left.' }),
      failure, h('div', { class: 'buttons' }, submit));
    const dialog = h('dialog', { class: 'login', 'aria-labelledby': title }, h('h2', { id: title, text: 'Sign in' }), form);
    // There is nothing behind it to go back to.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (!token.value.trim()) {
        setText(failure, 'Paste the token here.');
        token.focus();
        return;
      }
      submit.disabled = true;
      this.#api.setToken(token.value.trim(), keep.checked);
      try {
        const me = await this.#api.get('/api/v1/me');
        this.#dialog = null;
        dialog.close();
        dialog.remove();
        this.#onSignedIn(me);
      } catch (refused) {
        this.#api.setToken(null, false);
        setText(failure, refused instanceof NoAnswer ? `${refused.message}; try again.`
          : refused.status === 401 ? 'No worker knows this token.'
            : `Refused: ${refused.message}${refused.retryAfterMs ? ` Try again in ${Math.ceil(refused.retryAfterMs / 1000)} s.` : ''}`);
        token.select();
        token.focus();
      } finally {
        submit.disabled = false;
      }
    });
    this.#dialog = dialog;
    document.body.append(dialog);
    dialog.showModal();
    token.focus();
  }
}
