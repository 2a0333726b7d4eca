import type * as vscode from 'vscode';
import { FIRST_COMPARISON } from '../../core/quantizers/comparisonSet.ts';
import type { PageChoices } from '../../protocol/page.ts';
import { parseHistogramRange, setting } from '../settings.ts';

/** What people chose on the pages, per checkpoint file, in the workspace's memory. New files start with the last spec. */
export class ChoiceStore {
  private readonly memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.memory = memory;
  }

  get(path: string): PageChoices {
    const stored = this.memory.get<Partial<PageChoices>>(keyOf(path)) ?? {};
    const last = this.memory.get<Partial<PageChoices>>(LAST_KEY) ?? {};
    return { ...defaultChoices(), ...last, ...stored };
  }

  async save(path: string, choices: PageChoices): Promise<void> {
    await this.memory.update(keyOf(path), choices);
    const { spec, colourBy, logScale, compare, channelOrder } = choices;
    await this.memory.update(LAST_KEY, { spec, colourBy, logScale, compare, channelOrder });
  }

  /** The recipe, by the path of its file or the name of a shipped one, that takes the place of the quantizer bar's one rule, or null. */
  recipeFile(path: string): string | null {
    return this.memory.get<string | null>(recipeKeyOf(path)) ?? null;
  }

  async setRecipeFile(path: string, file: string | null): Promise<void> {
    await this.memory.update(recipeKeyOf(path), file);
  }
}

const LAST_KEY = 'tensorLoupe.choices.last';
const recipeKeyOf = (path: string) => `tensorLoupe.recipe:${path}`;
const keyOf = (path: string) => `tensorLoupe.choices:${path}`;

function defaultChoices(): PageChoices {
  return {
    page: 'model',
    spec: { id: setting('defaultQuantizer') },
    tensor: null,
    colourBy: 'sqnr',
    colourRange: null,
    filter: '',
    sort: null,
    stack: null,
    logScale: true,
    bins: setting('histogram.bins'),
    range: parseHistogramRange(setting('histogram.range')),
    compare: FIRST_COMPARISON,
    channelOrder: 'index',
    format: 'compressed-tensors',
    maxShard: '5GB',
    copySideFiles: true,
    writeReport: true,
  };
}
