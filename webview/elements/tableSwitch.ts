import { t } from '../strings.ts';
import { h, icon } from './dom.ts';
import { iconButton } from './iconButton.ts';

export interface TableSwitch {
  /** *Show as Table*, and back. */
  readonly button: HTMLButtonElement;
  /** The table's place; hidden while the chart is shown. */
  readonly element: HTMLElement;
  isTable(): boolean;
  /** Redraws the table if it is shown; the button is there only where there is something to show. */
  draw(hasData: boolean): void;
}

/** Beside every chart: the same figures as a table, for those who cannot see it. */
export function createTableSwitch(onSwitch: () => void, makeTable: () => HTMLElement | null): TableSwitch {
  let isTable = false;
  const button = iconButton('table', t('preview.showTable'), () => {
    isTable = !isTable;
    const label = t(isTable ? 'preview.hideTable' : 'preview.showTable');
    button.setAttribute('aria-label', label);
    button.title = label;
    button.replaceChildren(icon(isTable ? 'graph' : 'table'));
    onSwitch();
  });
  const element = h('div', { class: 'panel-table', hidden: true });
  return {
    button,
    element,
    isTable: () => isTable,
    draw(hasData) {
      button.hidden = !hasData;
      element.hidden = !hasData || !isTable;
      const table = element.hidden ? null : makeTable();
      element.replaceChildren(...(table ? [table] : []));
    },
  };
}
