import { columnDecimals } from '../../core/text/columnDecimals.ts';
import { DECIBEL_DIGITS, type FigureText } from '../../core/text/figureText.ts';
import type { VerifyDocument } from '../../protocol/documents.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exitCode.ts';
import { GENERAL_FLAGS, THREAD_FLAGS, VERIFY_FLAGS } from '../flags/flagTable.ts';
import { usageFailure } from '../flags/usageFailure.ts';
import { labelled, textTable } from '../terminal/textTable.ts';
import { withSession } from '../withSession.ts';

/** A packed checkpoint against its original, tensor by tensor. */
export const verify: Command = {
  name: 'verify',
  summary: 'Compare a packed model with its original',
  operands: ['PACKED'],
  details: [
    'Reads any packed format that loupe can open. Exits with 4 where a tensor is missing, has another shape, a kept tensor is not identical, an error differs from the report beside the weights, or --min-sqnr is not reached.',
  ],
  flagGroups: [VERIFY_FLAGS, THREAD_FLAGS, GENERAL_FLAGS],
  examples: [
    'loupe verify llama-w4a16 --against models/llama',
    'loupe verify model-int8.safetensors --against model.safetensors --min-sqnr 30',
  ],
  async run(values, context) {
    const against = values.text('against');
    if (against === null) throw usageFailure('--against is missing: the original checkpoint.');
    const minSqnrDb = values.number('min-sqnr');
    const [packed = ''] = values.positionals;
    return withSession(packed, values, context, (session) =>
      withSession(against, values, context, async (original) => {
        const document = await session.verify(original, { minSqnrDb, ...context.hooks() });
        context.print(document, () => [...verifyLines(document, context.text), context.runLine(document.run)]);
        return document.passed ? EXIT.done : EXIT.difference;
      }),
    );
  },
};

function verifyLines(document: VerifyDocument, text: FigureText): string[] {
  const compared = document.tensors.filter(({ identical, differs }) => !identical || differs !== null);
  const decimals = columnDecimals(compared.map(({ figures }) => figures.maxError));
  const hasReport = compared.some(({ reported_sqnr_db }) => reported_sqnr_db !== null);
  const table = textTable(
    [
      { title: 'Tensor', align: 'left', cell: ({ name }) => name },
      { title: 'SQNR dB', align: 'right', cell: ({ figures }) => text.decibels(figures, DECIBEL_DIGITS.verification) },
      ...(hasReport
        ? [
            {
              title: 'Reported',
              align: 'right',
              cell: ({ reported_sqnr_db }: (typeof compared)[number]) =>
                text.decimals(reported_sqnr_db, DECIBEL_DIGITS.verification),
            } as const,
          ]
        : []),
      { title: 'max |diff|', align: 'right', cell: ({ figures }) => text.decimals(figures.maxError, decimals) },
      { title: 'Result', align: 'left', cell: ({ differs }) => differs ?? 'ok' },
    ],
    compared,
  );
  const differing = document.tensors.filter(({ differs }) => differs !== null).length;
  const identical = document.tensors.filter((tensor) => tensor.identical).length;
  return [
    ...(compared.length === 0 ? [] : [...table, '']),
    ...labelled([
      ['format', document.format ?? 'not packed'],
      ['identical', `${text.count(identical)} of ${text.count(document.tensors.length)} tensors`],
      ...(compared.length === 0 ? [] : [['SQNR', sqnrOf(document, text)] as [string, string]]),
      [
        'result',
        differing === 0 && document.passed
          ? 'passed'
          : `failed: ${text.count(differing)} ${differing === 1 ? 'tensor differs' : 'tensors differ'}`,
      ],
    ]),
  ];
}

function sqnrOf({ totals }: VerifyDocument, text: FigureText): string {
  return `${text.sqnr(totals.quantized, DECIBEL_DIGITS.verification)} over the quantized tensors`;
}
