import type { ModelView, PageChoices, PageState, ScanState, TensorRow } from '../src/protocol/page.ts';
import { type Cell, createCell, type Dispose } from './cell.ts';
import { Disposables } from './disposables.ts';
import type { Host } from './host.ts';
import { createMeasure, createNoMeasure, type Measure } from './measure.ts';
import { sharedPrefix } from './sharedPrefix.ts';
import { createSummaries, type Summaries } from './summaries.ts';

export type ReadyState = Extract<PageState, { kind: 'ready' }>;

/** Choices reach the host this long after the last change. */
const SAVE_DELAY_MS = 300;

/**
 * What the pages show and share, one per open checkpoint. Fixed things are plain fields, things that change are cells:
 * a page reads `get()`, follows with `subscribe` or `follow`, and changes choices only through `choose`.
 */
export interface Store {
  readonly host: Host;
  readonly model: ModelView;
  /** Every listed tensor by name. */
  readonly rows: ReadonlyMap<string, TensorRow>;
  readonly backend: Cell<ReadyState['backend']>;
  readonly settings: ReadyState['settings'];
  /** Name of the recipe file that gives the plan instead of the quantizer bar, or null. */
  readonly recipeFile: string | null;
  /** Begin of all names, up to a dot; left out where names are shown in a list. */
  readonly sharedPrefix: string;
  /** The name without `sharedPrefix`. */
  shortName(name: string): string;
  /** Present choices; kept by the host per workspace. `choices.tensor` is the tensor of the Tensor page. */
  readonly choices: Cell<PageChoices>;
  choose(change: Partial<PageChoices>): void;
  /** Tensors selected in the table or the map, the last one chosen last. */
  readonly selection: Cell<readonly string[]>;
  /** Selects tensors; the last one becomes the tensor of the Tensor page. An empty list clears the selection only. */
  select(names: readonly string[]): void;
  readonly scan: Cell<ScanState>;
  readonly summaries: Summaries;
  readonly measure: Measure;
  /** Set when the files changed on disk: old figures stay, export is off until reload. */
  readonly fileChanged: Cell<string | null>;
  /** True where nothing may be exported now: shards missing, packed already, changed on disk. */
  isExportOff(): boolean;
  dispose: Dispose;
}

/** Makes the store of a ready checkpoint and connects it to the host's events. */
export function createStore(host: Host, state: ReadyState): Store {
  const owned = new Disposables();
  const choices = createCell(state.choices);
  const scan = createCell(state.scan);
  const summaries = createSummaries();
  const backend = createCell(state.backend);
  const fileChanged = createCell<string | null>(null);
  const isPacked = state.model.packedFormat !== null;
  const measure = isPacked ? createNoMeasure() : createMeasure(host, choices, scan, state.recipeFile !== null);
  const choose = (change: Partial<PageChoices>): void => choices.set({ ...choices.get(), ...change });
  const selection = createCell<readonly string[]>(state.choices.tensor === null ? [] : [state.choices.tensor]);
  owned.add(
    measure.dispose,
    host.on('scan/state', (next) => scan.set(next)),
    host.on('scan/summaries', (body) => summaries.add(body.summaries)),
    host.on('backend/changed', (body) => backend.set(body)),
    host.on('file/changed', (body) => fileChanged.set(body.text)),
    saveLater(host, choices),
  );
  const prefix = sharedPrefix(state.model.tensors.map((row) => row.name));
  return {
    host,
    model: state.model,
    sharedPrefix: prefix,
    shortName: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
    rows: new Map(state.model.tensors.map((row) => [row.name, row])),
    backend,
    settings: state.settings,
    recipeFile: state.recipeFile,
    choices,
    choose,
    selection,
    select(names) {
      selection.set(names);
      const tensor = names.at(-1);
      if (tensor !== undefined && tensor !== choices.get().tensor) choose({ tensor });
    },
    scan,
    summaries,
    measure,
    fileChanged,
    isExportOff: () => isPacked || state.model.missing.length > 0 || fileChanged.get() !== null,
    dispose: owned.dispose,
  };
}

/** Saves choices after the last of a row of changes, and what is left when the store goes. */
function saveLater(host: Host, choices: Cell<PageChoices>): Dispose {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => {
    timer = undefined;
    host.send('choices/save', { choices: choices.get() });
  };
  const stop = choices.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_DELAY_MS);
  });
  return () => {
    stop();
    if (timer === undefined) return;
    clearTimeout(timer);
    save();
  };
}
