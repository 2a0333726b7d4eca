import { h, uniqueId } from './dom.ts';

export interface HoverCard {
  readonly id: string;
  /** Shows the card at `anchor`, below it where there is room, else above. */
  show(anchor: Element, ...content: Node[]): void;
  hide(): void;
  readonly isOpen: boolean;
}

const GAP_PX = 6;
const EDGE_PX = 4;

/**
 * A card over the page for hover and focus. The anchor names it with `aria-describedby`; Esc closes it (the owner's key
 * handler calls `hide`).
 */
export function createHoverCard(host: HTMLElement): HoverCard {
  const element = h('div', { class: 'card', id: uniqueId('card'), role: 'tooltip', hidden: true });
  host.append(element);
  return {
    id: element.id,
    show(anchor, ...content) {
      element.replaceChildren(...content);
      element.hidden = false;
      place(element, anchor.getBoundingClientRect());
    },
    hide() {
      element.hidden = true;
    },
    get isOpen() {
      return !element.hidden;
    },
  };
}

function place(element: HTMLElement, anchor: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const isBelow = anchor.bottom + GAP_PX + height <= window.innerHeight || anchor.top < height + GAP_PX;
  const top = isBelow ? anchor.bottom + GAP_PX : anchor.top - GAP_PX - height;
  const left = Math.max(EDGE_PX, Math.min(anchor.left + anchor.width / 2, window.innerWidth - width - EDGE_PX));
  element.style.setProperty('--left', `${left}px`);
  element.style.setProperty('--top', `${Math.max(EDGE_PX, Math.min(top, window.innerHeight - height - EDGE_PX))}px`);
}
