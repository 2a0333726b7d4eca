import type { Cell } from '../../cell.ts';
import { Disposables } from '../../disposables.ts';
import { h, icon, setAttribute, uniqueId } from '../../elements/dom.ts';
import { iconButton } from '../../elements/iconButton.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import { matchNames } from './matchNames.ts';

/** Names listed at once; a longer list is narrowed by typing. */
const MOST_LISTED = 100;

/** Previous, next, and a combo box of all tensors: type to search. */
export function createTensorPicker(
  store: Store,
  open: Cell<OpenTensor>,
): { readonly element: HTMLElement; dispose(): void } {
  const owned = new Disposables();
  const names = [...store.model.tensors, ...store.model.missing].map(({ name }) => name);
  const choose = (name: string | undefined): void => {
    if (name !== undefined) store.select([name]);
  };
  const step = (by: number): void => choose(names[names.indexOf(open.get().name ?? '') + by]);
  const previous = iconButton('chevron-left', t('tensor.previous'), () => step(-1));
  const next = iconButton('chevron-right', t('tensor.next'), () => step(1));
  const box = new ComboBox(store, names, choose);
  owned.add(
    box.dispose,
    open.follow(({ name }) => {
      const at = names.indexOf(name ?? '');
      previous.disabled = at <= 0;
      next.disabled = at < 0 ? names.length === 0 : at === names.length - 1;
      box.setName(name);
    }),
  );
  return { element: h('div', { class: 'picker' }, previous, next, box.element), dispose: owned.dispose };
}

class ComboBox {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #names: readonly string[];
  readonly #choose: (name: string) => void;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #owned = new Disposables();
  #name: string | null = null;
  #matches: readonly string[] = [];
  #active = -1;

  constructor(store: Store, names: readonly string[], choose: (name: string) => void) {
    this.#store = store;
    this.#names = names;
    this.#choose = choose;
    this.#list = h('div', {
      class: 'picker-list',
      id: uniqueId('tensors'),
      role: 'listbox',
      hidden: true,
      attributes: { 'aria-label': t('table.label') },
    });
    this.#input = h('input', {
      class: 'picker-input',
      role: 'combobox',
      attributes: {
        type: 'text',
        spellcheck: false,
        autocomplete: 'off',
        'aria-label': t('tensor.picker'),
        'aria-autocomplete': 'list',
        'aria-expanded': false,
        'aria-controls': this.#list.id,
      },
    });
    this.element = h('div', { class: 'picker-box' }, this.#input, icon('chevron-down'), this.#list);
    this.#listen();
  }

  dispose = (): void => this.#owned.dispose();

  setName(name: string | null): void {
    this.#name = name;
    if (this.#list.hidden) this.#restore();
  }

  #listen(): void {
    this.#owned.listen(this.#input, 'focus', () => this.#input.select());
    this.#owned.listen(this.#input, 'pointerdown', () => this.#openList(''));
    this.#owned.listen(this.#input, 'input', () => this.#openList(this.#input.value));
    this.#owned.listen(this.#input, 'blur', () => this.#close());
    this.#owned.listen(this.#input, 'keydown', (event) => {
      if (this.#press(event.key)) event.preventDefault();
    });
    // The input keeps focus, so that the list stays open until the button is released.
    this.#owned.listen(this.#list, 'pointerdown', (event) => event.preventDefault());
    this.#owned.listen(this.#list, 'click', (event) => {
      const option = (event.target as Element).closest<HTMLElement>('[role=option]');
      const name = this.#matches[Number(option?.dataset.index ?? -1)];
      if (name !== undefined) this.#pick(name);
    });
  }

  #press(key: string): boolean {
    const isOpen = !this.#list.hidden;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (isOpen) this.#activate(this.#active + (key === 'ArrowDown' ? 1 : -1));
      else this.#openList('');
      return true;
    }
    if (key === 'Enter' && isOpen) {
      const name = this.#matches[this.#active];
      if (name !== undefined) this.#pick(name);
      return true;
    }
    if (key === 'Escape' && isOpen) {
      this.#close();
      this.#input.select();
      return true;
    }
    return false;
  }

  #openList(search: string): void {
    const found = matchNames(this.#names, search);
    const present = found.indexOf(this.#name ?? '');
    const start = search === '' ? Math.max(0, Math.min(present - 20, found.length - MOST_LISTED)) : 0;
    this.#matches = found.slice(start, start + MOST_LISTED);
    const options = this.#matches.map((name, index) => this.#option(name, index));
    const rest = found.length - this.#matches.length;
    const more = rest > 0 ? t('tensor.moreNames', { count: fig.count(rest) }) : '';
    const note = this.#matches.length === 0 ? t('table.none') : more;
    this.#list.replaceChildren(
      ...options,
      ...(note ? [h('div', { class: 'picker-note muted small', text: note })] : []),
    );
    this.#list.hidden = false;
    setAttribute(this.#input, 'aria-expanded', true);
    this.#activate(search === '' ? Math.max(0, present - start) : 0);
  }

  #option(name: string, index: number): HTMLElement {
    const isMissing = !this.#store.rows.has(name);
    return h(
      'div',
      {
        class: 'picker-option',
        id: `${this.#list.id}-${index}`,
        role: 'option',
        title: name,
        attributes: { 'data-index': index, 'aria-selected': name === this.#name },
      },
      h('span', { class: 'ellipsis', text: name }),
      isMissing ? h('span', { class: 'table-mark', text: t('table.missing') }) : null,
    );
  }

  #activate(to: number): void {
    const options = [...this.#list.querySelectorAll('[role=option]')];
    this.#active = Math.min(Math.max(to, 0), options.length - 1);
    options.forEach((option, at) => {
      option.classList.toggle('picker-active', at === this.#active);
    });
    options[this.#active]?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#input, 'aria-activedescendant', options[this.#active]?.id ?? null);
  }

  #pick(name: string): void {
    this.#name = name;
    this.#close();
    this.#choose(name);
  }

  #close(): void {
    this.#list.hidden = true;
    setAttribute(this.#input, 'aria-expanded', false);
    setAttribute(this.#input, 'aria-activedescendant', null);
    this.#restore();
  }

  #restore(): void {
    this.#input.value = this.#name === null ? '' : this.#store.shortName(this.#name);
    this.#input.title = this.#name ?? '';
  }
}
