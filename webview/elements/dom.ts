/** What `h` sets on a new element. Styles go through CSSOM (`vars`), never through a `style` attribute: the page's CSP forbids those. */
export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly id?: string;
  readonly role?: string;
  readonly title?: string;
  readonly tabIndex?: number;
  readonly hidden?: boolean;
  /** ARIA and data attributes by full name; null leaves one out. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>>;
  /** CSS custom properties. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

type Child = Node | string | null | undefined;

/** Makes an element; text always enters by `textContent`, so names from a file are never parsed as HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (options.class) element.className = options.class;
  if (options.text !== undefined) element.textContent = options.text;
  if (options.id) element.id = options.id;
  if (options.role) element.setAttribute('role', options.role);
  if (options.title) element.title = options.title;
  if (options.tabIndex !== undefined) element.tabIndex = options.tabIndex;
  if (options.hidden) element.hidden = true;
  for (const [name, value] of Object.entries(options.attributes ?? {})) setAttribute(element, name, value);
  for (const [name, value] of Object.entries(options.vars ?? {})) element.style.setProperty(name, value);
  for (const [name, listener] of Object.entries(options.on ?? {})) {
    element.addEventListener(name, listener as EventListener);
  }
  append(element, children);
  return element;
}

/** Sets an attribute, or removes it for null. */
export function setAttribute(element: Element, name: string, value: string | number | boolean | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

/** Replaces text only where it differs, so that live regions and selections are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
}

/** Makes `elements` the children of `parent`; those that stand where they belong are not touched. */
export function setChildren(parent: Element, elements: readonly Element[]): void {
  const kept = new Set(elements);
  elements.forEach((element, at) => {
    const present = parent.children[at];
    if (present === element) return;
    if (present && !kept.has(present)) present.replaceWith(element);
    else parent.insertBefore(element, present ?? null);
  });
  while (parent.children.length > elements.length) parent.lastElementChild?.remove();
}

/** A Codicon; decorative, the name of the control says the same in words. */
export function icon(name: string, extraClass = ''): HTMLElement {
  return h('span', { class: `codicon codicon-${name} ${extraClass}`.trim(), attributes: { 'aria-hidden': true } });
}

let lastId = 0;
/** An id that is unique in the page, for `aria-describedby` and its kin. */
export function uniqueId(stem: string): string {
  lastId += 1;
  return `${stem}-${lastId}`;
}
