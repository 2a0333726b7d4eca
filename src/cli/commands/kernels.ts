import type { KernelsDocument } from '../../protocol/documents.ts';
import { probeKernels } from '../../session/probeKernels.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exitCode.ts';
import { GENERAL_FLAGS, THREAD_FLAGS } from '../flags/flagTable.ts';
import { labelled } from '../terminal/textTable.ts';
import { MOST_THREADS } from '../withSession.ts';

/** Which kernel backends this machine has, and why not the others. */
export const kernels: Command = {
  name: 'kernels',
  summary: 'Show which kernel backends this machine has, and why',
  operands: [],
  details: ['Saved bytes and figures do not depend on the backend.'],
  flagGroups: [THREAD_FLAGS, GENERAL_FLAGS],
  examples: ['loupe kernels'],
  async run(values, context) {
    const probed = await probeKernels(
      values.wholeNumber('threads', 1, MOST_THREADS) ?? undefined,
      values.text('gpu-module'),
    );
    const document: KernelsDocument = { schema: 'loupe/kernels/1', ...probed };
    context.print(document, () =>
      labelled([
        ...document.backends.map(({ id, available, why }): [string, string] => [
          id,
          `${available ? 'yes' : 'no'}: ${why}`,
        ]),
        ['threads', String(document.threads)],
      ]),
    );
    return EXIT.done;
  },
};
