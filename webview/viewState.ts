import type { Host } from './host.ts';

/** What a hidden page remembers besides its choices; VS Code keeps it, small and free of data. */
export interface ViewState {
  /** Scroll position of the table, px. */
  readonly tableTop: number;
}

export function readViewState(host: Host): ViewState {
  const kept = host.getState();
  const tableTop = typeof kept === 'object' && kept !== null && 'tableTop' in kept ? kept.tableTop : 0;
  return { tableTop: typeof tableTop === 'number' ? tableTop : 0 };
}

export function keepViewState(host: Host, change: Partial<ViewState>): void {
  host.setState({ ...readViewState(host), ...change });
}
