import path from 'node:path';
import { parseByteSize } from 'safetensors-js';
import * as vscode from 'vscode';
import { Failure, isAbort, toFailure } from '../../core/failure.ts';
import { PACKED_FORMATS, packedFormatOf } from '../../core/formats/registry.ts';
import type { QuantizerSpec } from '../../core/quantizers/quantizer.ts';
import { modelOfPlan } from '../../core/recipes/modelOfPlan.ts';
import { describePlan } from '../../core/report/describePlan.ts';
import { planSizes } from '../../core/report/planSizes.ts';
import type { ExportChoice, FormatCard, PageCalls } from '../../protocol/page.ts';
import type { SaveOptions } from '../../session/api.ts';
import { Disposable } from '../disposable.ts';
import { HAS_COMMAND_LINE } from '../host.ts';
import { failureText, localizeFailure, localizeProblem } from '../localize.ts';
import { pathOf, uriOf } from '../uris.ts';
import { commandLineOf } from './commandLineOf.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';
import { planOf } from './planOf.ts';
import { SpeedMeter } from './speedMeter.ts';

type Spec = QuantizerSpec | 'recipe';

/** The Export page: which formats hold the plan, what would be written, and the save itself. */
export class ExportHandlers extends Disposable {
  private readonly context: PageContext;
  private stop: AbortController | null = null;

  constructor(context: PageContext) {
    super();
    this.context = context;
  }

  handlers(): SomeHandlers<
    'export/cards' | 'export/preview' | 'export/choose-folder' | 'export/start' | 'export/cancel' | 'export/reveal'
  > {
    return {
      'export/cards': ({ spec }) => this.cards(spec),
      'export/preview': (ask) => this.preview(ask),
      'export/choose-folder': ({ current }) => this.chooseFolder(current),
      'export/start': (ask) => this.start(ask),
      'export/cancel': async () => {
        this.stop?.abort();
        return {};
      },
      'export/reveal': ({ path: file, open }) => this.reveal(file, open),
    };
  }

  private async cards(spec: Spec): Promise<PageCalls['export/cards']['answer']> {
    const { session } = this.context.checkpoint();
    const { model } = session;
    const cards: FormatCard[] = [];
    for (const format of PACKED_FORMATS) {
      const plan = await planOf(this.context, spec, format);
      const problems = format.check(modelOfPlan(model, plan), plan);
      const refused = problems.some(({ severity }) => severity === 'refused');
      const bytes = refused ? null : planSizes(model, session.settled(plan), format).storedBytes;
      const { id, summary, loaders } = format;
      cards.push({
        id,
        summary: vscode.l10n.t(summary),
        loaders: loaders.map((loader) => vscode.l10n.t(loader)),
        bytes,
        problems: problems.map(localizeProblem),
      });
    }
    const plan = await planOf(this.context, spec, null);
    const quantized = plan.decisions.filter(({ quantizer }) => quantizer !== null).length;
    const words = quantized === 0 ? vscode.l10n.t('nothing is quantized') : describePlan(plan);
    return { cards, plan: { quantized, kept: plan.decisions.length - quantized, words } };
  }

  private async preview({ spec, choice }: PageCalls['export/preview']['ask']) {
    const { session } = this.context.checkpoint();
    const plan = await planOf(this.context, spec, packedFormatOf(choice.format));
    const out = choice.out ?? this.defaultTarget(spec, choice.format);
    const preview = await session.preview(plan, saveOptions(choice, out));
    const { freeBytes, exists, ...english } = preview;
    const document = { ...english, problems: english.problems.map(localizeProblem) };
    const recipeFile = this.context.services.choices.recipeFile(pathOf(this.context.document.uri));
    const command = HAS_COMMAND_LINE
      ? commandLineOf(session.path, spec === 'recipe' ? recipeFile : spec, { ...choice, out })
      : null;
    return { out, document, freeBytes, exists, command };
  }

  /** Beside the source's folder, named for it and for what is done: `llama-rtn4-g128`. */
  private defaultTarget(spec: Spec, format: ExportChoice['format']): string {
    const { folder, indexName, entry } = this.context.checkpoint().session.model.checkpoint;
    const isPlain = indexName !== null || entry === 'model.safetensors';
    const base = isPlain ? path.basename(folder) : entry.replace(/\.safetensors$/, '');
    const words =
      spec === 'recipe'
        ? 'recipe'
        : [`${spec.id}${spec.bits ?? ''}`, spec.unit === 'group' && spec.groupSize ? `g${spec.groupSize}` : '']
            .filter(Boolean)
            .join('-');
    const parent = isPlain ? path.dirname(folder) : folder;
    return path.join(parent, `${base}-${words}${format === 'dequantized' ? '-dequantized' : ''}`);
  }

  private async chooseFolder(current: string | null): Promise<{ out: string | null }> {
    const picked = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Destination Folder'),
      saveLabel: vscode.l10n.t('Choose'),
      ...(current ? { defaultUri: uriOf(current) } : {}),
    });
    return { out: picked ? pathOf(picked) : null };
  }

  private async start({ spec, choice }: PageCalls['export/start']['ask']): Promise<Record<string, never>> {
    const checkpoint = this.context.checkpoint();
    if (checkpoint.stale) throw new Failure('file/changed', { path: checkpoint.session.path });
    if (this.stop) throw new Failure('usage/invalid', { what: vscode.l10n.t('An export is running already.') });
    const plan = await planOf(this.context, spec, packedFormatOf(choice.format));
    const out = choice.out ?? this.defaultTarget(spec, choice.format);
    const { jobs } = this.context.services;
    const job = jobs.start(vscode.l10n.t('Exporting {0}', path.basename(out)));
    this.stop = job.stop;
    const meter = new SpeedMeter();
    const save = checkpoint.session.save(plan, {
      ...saveOptions(choice, out),
      stop: job.stop.signal,
      onProgress: (progress) => {
        const { bytesPerSecond, secondsLeft } = meter.measure(progress);
        this.context.send('export/progress', { ...progress, bytesPerSecond, secondsLeft });
      },
    });
    // Goes on after the answer; the page hears of its end by an event.
    void save
      .then(
        (document) => {
          this.context.send('export/done', { document });
          if (this.context.isHidden()) void this.tellHidden(vscode.l10n.t('Saved and verified: {0}', out));
        },
        (error) => {
          const failure = toFailure(error);
          const cancelled = isAbort(error);
          this.context.send('export/failed', { failure: localizeFailure(failure), cancelled });
          if (this.context.isHidden() && !cancelled) void vscode.window.showErrorMessage(failureText(failure));
        },
      )
      .finally(() => {
        this.stop = null;
        jobs.end(job);
      });
    return {};
  }

  private async tellHidden(text: string): Promise<void> {
    await vscode.window.showInformationMessage(text);
  }

  private async reveal(file: string, open: boolean): Promise<Record<string, never>> {
    const uri = uriOf(file);
    if (open) await vscode.commands.executeCommand('vscode.open', uri);
    else await vscode.commands.executeCommand('revealInExplorer', uri);
    return {};
  }
}

function saveOptions(choice: ExportChoice, out: string): SaveOptions {
  return {
    format: choice.format,
    out,
    dtype: choice.dtype,
    maxShardBytes: parseByteSize(choice.maxShard),
    force: choice.force,
    allowUnloadable: choice.allowUnloadable,
    copySideFiles: choice.copySideFiles,
    writeReport: choice.writeReport,
  };
}
