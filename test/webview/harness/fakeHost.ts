import { Failure } from '../../../src/core/failure.ts';
import type { TensorSummary } from '../../../src/core/stats/summary.ts';
import type { MeasuredTensor, Totals } from '../../../src/protocol/documents.ts';
import type {
  ExportChoice,
  HostEventKind,
  HostEvents,
  ModelView,
  PageCalls,
  PageChoices,
  PageRequest,
  PageState,
  TensorOpened,
  TensorRow,
} from '../../../src/protocol/page.ts';
import { PAGE_STRINGS } from '../../../src/protocol/pageStrings.ts';
import { cardsOf, documentOf, type ExportedPlan, previewOf, progressOf, refusedCard } from './exportCalls.ts';
import * as models from './models.ts';
import type { ModelName, Scenario } from './scenario.ts';
import {
  bitsOf,
  channelQuantilesOf,
  countsOf,
  figuresOf,
  nanSummaryOf,
  openedNan,
  openedOf,
  summaryOf,
} from './weights.ts';

/*
 * Runs in the browser in place of the extension host: answers the page's calls from a synthetic model and records them.
 * Tests drive it through `window.fakeHost`.
 */

const MODELS: Readonly<Record<ModelName, () => ModelView>> = {
  gpt2: models.gpt2,
  llama: () => models.llama(32),
  'llama-deep': () => models.llama(80),
  'missing-shard': () => models.llama(6, true),
  experts: models.experts,
  layerless: models.layerless,
  packed: models.packed,
  odd: models.odd,
  empty: models.empty,
};

const CHOICES: PageChoices = {
  page: 'model',
  spec: { id: 'absmax', bits: 4, unit: 'group', groupSize: 32, scaleDtype: 'F16' },
  tensor: null,
  colourBy: 'sqnr',
  colourRange: null,
  filter: '',
  sort: null,
  stack: null,
  logScale: true,
  bins: 150,
  range: null,
  compare: [],
  channelOrder: 'index',
  format: 'loupe',
  maxShard: '5GB',
  copySideFiles: true,
  writeReport: true,
};

type Handler<K extends keyof PageCalls> = (ask: PageCalls[K]['ask']) => PageCalls[K]['answer'];

export class FakeHost {
  /** Every call of the page, oldest first. */
  readonly calls: { readonly kind: string; readonly ask: unknown }[] = [];
  /** Tensors that a pass measures before it waits for `advance`. */
  measuredAtOnce: number;
  readonly #scenario: Scenario;
  readonly #model: ModelView;
  #measure = 0;
  /** What is left of the present pass. */
  #unmeasured: {
    readonly measure: number;
    readonly rows: readonly TensorRow[];
    readonly spec: PageChoices['spec'];
  } | null = null;
  #state: unknown;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.measuredAtOnce = scenario.measured ?? Number.POSITIVE_INFINITY;
    this.#model = MODELS[scenario.model]();
  }

  api(): unknown {
    return {
      postMessage: (request: PageRequest) => this.#receive(structuredClone(request)),
      getState: () => this.#state,
      setState: (state: unknown) => {
        this.#state = state;
      },
    };
  }

  send<K extends HostEventKind>(event: K, body: HostEvents[K]): void {
    window.dispatchEvent(new MessageEvent('message', { data: { event, body } }));
  }

  /** Measures `count` more tensors; the last ones end the pass. */
  advance(count = Number.POSITIVE_INFINITY): void {
    const pass = this.#unmeasured;
    if (!pass) return;
    const total = this.#quantized().length;
    const batch = pass.rows.slice(0, count);
    const rest = pass.rows.slice(batch.length);
    this.#unmeasured = rest.length > 0 ? { ...pass, rows: rest } : null;
    const tensors = batch.map((row) => measuredOf(row, pass.spec));
    this.send('measure/figures', { measure: pass.measure, tensors, done: total - rest.length, total });
    if (rest.length === 0) {
      this.send('measure/done', {
        measure: pass.measure,
        totals: totalsOf(this.#model, this.#quantized(), pass.spec),
        seconds: 0.09,
      });
    }
  }

  #receive(request: PageRequest): void {
    const { id, kind, ask } = request;
    this.calls.push({ kind, ask });
    const handler = this.#handlers[kind] as ((ask: unknown) => unknown) | undefined;
    setTimeout(() => {
      const data = handler
        ? { re: id, ok: true, answer: handler(ask) }
        : {
            re: id,
            ok: false,
            failure: { code: 'usage/invalid', args: { what: kind }, text: `${kind} is not played` },
          };
      window.dispatchEvent(new MessageEvent('message', { data }));
    }, 0);
  }

  readonly #handlers: { readonly [K in keyof PageCalls]?: Handler<K> } = {
    'page/ready': () => {
      setTimeout(() => this.#start(), 0);
      return { state: this.#pageState(), strings: PAGE_STRINGS };
    },
    'choices/save': () => ({}),
    'scan/start': () => {
      this.#sendScan('complete');
      return {};
    },
    'scan/cancel': () => {
      this.#sendScan('stopped');
      return {};
    },
    'gpu/answer': () => ({}),
    'text/copy': () => ({}),
    'host/command': () => ({}),
    'measure/cancel': () => ({}),
    'measure/start': (ask) => this.#startMeasure(ask),
    'tensor/open': ({ name }) => this.#open(this.#row(name)),
    'tensor/channel-quantiles': ({ name }) => channelQuantilesOf(this.#row(name)),
    'tensor/compare': ({ name, specs }) => {
      specs.forEach((spec, index) => {
        this.send('compare/row', { name, index, measured: measuredOf(this.#row(name), spec) });
      });
      return {};
    },
    'model/compare': ({ spec }) => {
      const rows = this.#quantized();
      this.send('model/compare-progress', { done: rows.length, total: rows.length });
      return { totals: totalsOf(this.#model, rows, spec) };
    },
    'model/compare-cancel': () => ({}),
    'export/cards': () => this.#cards(),
    'export/preview': ({ choice }) => previewOf(this.#exportedPlan(), choice, this.#scenario.export),
    'export/choose-folder': () => ({ out: 'models/elsewhere' }),
    'export/start': ({ choice }) => {
      setTimeout(() => this.#runExport(choice), 0);
      return {};
    },
    'export/cancel': () => {
      const failure = { code: 'usage/invalid', args: { what: '' }, text: 'Cancelled' } as const;
      setTimeout(() => this.send('export/failed', { failure, cancelled: true }), 0);
      return {};
    },
    'export/reveal': () => ({}),
    'file/save': ({ suggestedName }) => ({ path: suggestedName }),
    'histogram/decoded': (ask) => decodedOf(this.#rowsOf(ask.names), ask),
  };

  #row(name: string): TensorRow {
    const found = this.#model.tensors.find((row) => row.name === name);
    if (!found) throw new Error(`no tensor ${name}`);
    return found;
  }

  #exportedPlan(): ExportedPlan {
    const quantized = this.#quantized();
    const tensors = this.#model.tensors.map((row) =>
      row.kind === 'linear' ? measuredOf(row, CHOICES.spec) : keptOf(row),
    );
    return { model: this.#model, tensors, totals: totalsOf(this.#model, quantized, CHOICES.spec) };
  }

  #cards(): PageCalls['export/cards']['answer'] {
    const answer = cardsOf(this.#exportedPlan());
    if (!this.#scenario.export?.isRefused) return answer;
    return { ...answer, cards: answer.cards.map((card, at) => (at === 0 ? refusedCard(card) : card)) };
  }

  #runExport(choice: ExportChoice): void {
    const plan = this.#exportedPlan();
    const { end = 'done', exists = false } = this.#scenario.export ?? {};
    this.send('export/progress', progressOf(plan));
    if (end === 'failed') {
      const args = { path: 'models/out', needed: 14_800_000, free: 1_200_000 };
      const failure = new Failure('save/no-space', args);
      const wire = { code: 'save/no-space', args, text: failure.message } as const;
      this.send('export/failed', { failure: wire, cancelled: false });
    } else if (end === 'done') {
      const document = { ...documentOf(plan, choice, choice.out ?? 'models/out', exists), dry_run: false };
      this.send('export/done', { document });
    }
  }

  #open(row: TensorRow): TensorOpened {
    if (this.#scenario.nan?.includes(row.name)) return openedNan(row);
    const opened = openedOf(row);
    if (row.elements > 0) return opened;
    const summary = { ...nanSummaryOf(row), nans: 0, firstNonFinite: null, distinct: 0 };
    return { ...opened, summary, table: null, channels: null };
  }

  #rowsOf(names: readonly string[] | null): readonly TensorRow[] {
    return names === null ? this.#quantized() : names.map((name) => this.#row(name));
  }

  #quantized(): readonly TensorRow[] {
    return this.#model.tensors.filter((row) => row.kind === 'linear');
  }

  #start(): void {
    const summaries = this.#summaries();
    if (summaries.length > 0) this.send('scan/summaries', { summaries });
    if (this.#scenario.fileChanged) {
      this.send('file/changed', {
        text: `${this.#model.name} changed on disk at 14:32:07. These figures are of the earlier file.`,
      });
    }
  }

  #summaries(): TensorSummary[] {
    const nan = new Set(this.#scenario.nan);
    const known = this.#model.tensors.slice(0, this.#scenario.scanned ?? this.#model.tensors.length);
    return known.map((row) => (nan.has(row.name) ? nanSummaryOf(row) : summaryOf(row)));
  }

  #scanState(status: NonNullable<Scenario['scan']>): Extract<PageState, { kind: 'ready' }>['scan'] {
    const totalBytes = this.#model.storedBytes;
    const share = status === 'complete' ? 1 : (this.#scenario.scanned ?? 0) / Math.max(1, this.#model.tensors.length);
    return {
      status,
      doneBytes: Math.round(totalBytes * share),
      totalBytes,
      seconds: status === 'complete' ? 0.11 : 0.05,
    };
  }

  #sendScan(status: NonNullable<Scenario['scan']>): void {
    setTimeout(() => {
      if (status === 'complete') this.send('scan/summaries', { summaries: this.#model.tensors.map(summaryOf) });
      this.send('scan/state', this.#scanState(status));
    }, 0);
  }

  #pageState(): PageState {
    const { failure, choices, scan = 'complete', locale = 'en' } = this.#scenario;
    if (failure) {
      const wire = {
        code: 'checkpoint/invalid',
        args: { safetensorsCode: failure.code, ...failure.args },
        text: failure.text,
      } as const;
      const { offset, tensor } = failure;
      return {
        kind: 'failed',
        path: 'models/model.safetensors',
        failure: { ...wire, offset, tensor },
        canOpenHex: true,
      };
    }
    return {
      kind: 'ready',
      model: this.#model,
      choices: { ...CHOICES, ...choices },
      scan: this.#scanState(scan),
      backend: { id: 'wasm', threads: 2, why: 'WebAssembly SIMD' },
      settings: {
        histogramBins: 150,
        histogramRange: null,
        locale,
        panels: { preview: true, channelRanges: true, compare: true },
      },
      recipeFile: null,
    };
  }

  #startMeasure({ spec }: PageCalls['measure/start']['ask']): PageCalls['measure/start']['answer'] {
    const used = spec === 'recipe' ? CHOICES.spec : spec;
    this.#measure += 1;
    const quantized = this.#quantized();
    this.#unmeasured = { measure: this.#measure, rows: quantized, spec: used };
    setTimeout(() => this.advance(this.measuredAtOnce), 0);
    const totals = totalsOf(this.#model, quantized, used);
    return {
      measure: this.#measure,
      rows: this.#model.tensors.map((row) => plannedOf(row, used)),
      storedBytes: totals.stored_bytes,
      quantizedBitsPerWeight: totals.quantized_bits_per_weight,
      allBitsPerWeight: totals.all_bits_per_weight,
      problems: [],
    };
  }
}

function plannedOf(row: TensorRow, spec: PageChoices['spec']): PageCalls['measure/start']['answer']['rows'][number] {
  if (row.kind !== 'linear') {
    const { name, storedBytes, bitsPerWeight } = row;
    return { name, quantizer: null, kept: row.isParameter ? 'built-in' : 'not-floating', storedBytes, bitsPerWeight };
  }
  const bitsPerWeight = bitsOf(row, spec);
  return { name: row.name, quantizer: spec.id, kept: null, storedBytes: bytesOf(row, spec), bitsPerWeight };
}

function bytesOf(row: TensorRow, spec: PageChoices['spec']): number {
  return Math.round((row.elements * bitsOf(row, spec)) / 8);
}

function keptOf(row: TensorRow): MeasuredTensor {
  const measured = measuredOf(row, CHOICES.spec);
  const { storedBytes: stored_bytes, bitsPerWeight: bits_per_weight } = row;
  return { ...measured, quantizer: null, kept: 'built-in', stored_bytes, bits_per_weight };
}

function measuredOf(row: TensorRow, spec: PageChoices['spec']): MeasuredTensor {
  return {
    name: row.name,
    quantizer: spec.id,
    kept: null,
    figures: figuresOf(row, spec),
    stored_bytes: bytesOf(row, spec),
    original_bytes: row.storedBytes,
    bits_per_weight: bitsOf(row, spec),
  };
}

function totalsOf(model: ModelView, quantized: readonly TensorRow[], spec: PageChoices['spec']): Totals {
  const sum = (rows: readonly TensorRow[], value: (row: TensorRow) => number): number =>
    rows.reduce((total, row) => total + value(row), 0);
  const energy = sum(quantized, (row) => summaryOf(row).energy);
  const error = sum(quantized, (row) => (figuresOf(row, spec).meanSquaredError ?? 0) * row.elements);
  const all = sum(model.tensors, (row) => (row.isParameter ? summaryOf(row).energy : 0));
  const [first] = quantized;
  const base = first ? figuresOf(first, spec) : null;
  const figures = (total: number): Totals['quantized'] => ({
    ...(base as Totals['quantized']),
    sqnrDb: 10 * Math.log10(total / error),
  });
  const weights = sum(quantized, (row) => row.elements);
  const stored = sum(model.tensors, (row) => (row.kind === 'linear' ? bytesOf(row, spec) : row.storedBytes));
  const parameters = model.tensors.filter((row) => row.isParameter);
  return {
    quantized: figures(energy),
    all: figures(all),
    quantized_bits_per_weight: (sum(quantized, (row) => bytesOf(row, spec)) * 8) / weights,
    all_bits_per_weight:
      (sum(parameters, (row) => (row.kind === 'linear' ? bytesOf(row, spec) : row.storedBytes)) * 8) / model.parameters,
    stored_bytes: stored,
    original_bytes: model.storedBytes,
    ratio: model.storedBytes / stored,
  };
}

function decodedOf(
  rows: readonly TensorRow[],
  { bins, low, high, spec }: PageCalls['histogram/decoded']['ask'],
): PageCalls['histogram/decoded']['answer'] {
  const original = new Float64Array(bins);
  for (const row of rows) {
    countsOf(row.name, row.elements, low, high, bins).forEach((count, bin) => {
      original[bin] = (original[bin] ?? 0) + count;
    });
  }
  const smoothed = original.map((_, bin) => {
    const near = original.slice(Math.max(0, bin - 2), bin + 3);
    return Math.round(near.reduce((sum, count) => sum + count, 0) / near.length);
  });
  const [first] = rows;
  return {
    original: original.buffer,
    decoded: smoothed.buffer,
    below: 888,
    above: 825,
    measured: first ? figuresOf(first, spec) : (null as never),
  };
}

declare global {
  interface Window {
    fakeHost: FakeHost;
    scenario: Scenario;
    acquireVsCodeApi: () => unknown;
  }
}

window.fakeHost = new FakeHost(window.scenario);
window.acquireVsCodeApi = () => window.fakeHost.api();
