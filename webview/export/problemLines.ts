import type { FormatCard } from '../../src/protocol/page.ts';
import { h, icon } from '../elements/dom.ts';
import { t } from '../strings.ts';

type Problem = FormatCard['problems'][number];

/** The first reason of each severity, and how many more tensors share it. */
export function problemLines(problems: readonly Problem[]): HTMLElement[] {
  return (['refused', 'unloadable', 'note'] as const).flatMap((severity) => {
    const [first, ...rest] = problems.filter((problem) => problem.severity === severity);
    if (!first) return [];
    const more = rest.length > 0 ? ` ${t('export.moreProblems', { count: rest.length })}` : '';
    return [problemLine(first, more)];
  });
}

/** One reason or note, the tensor before it. */
export function problemLine({ tensor, why, severity }: Problem, more = ''): HTMLElement {
  const where = tensor === null ? why : `${tensor}: ${why}`;
  const text = severity === 'refused' ? t('export.unavailable', { why: where }) : where;
  return h(
    'p',
    { class: `format-problem format-${severity}` },
    icon(severity === 'note' ? 'info' : 'warning'),
    h('span', { class: 'break', text: text + more }),
  );
}
