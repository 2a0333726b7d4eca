/**
 * `npm run demo`: the road from a checkpoint to a packed model, headless, on the two bundled checkpoints. It sets up
 * and builds by itself and writes to `test/artifacts/demo`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf, projectNode, root, setUp } from './setup.mjs';

const checkpoints = join('test', 'fixtures', 'checkpoints');
const llama = join(checkpoints, 'llama-shakespeare');
const gpt2 = join(checkpoints, 'gpt2-shakespeare', 'model.safetensors');
const out = join('test', 'artifacts', 'demo');
const packedLlama = join(out, 'llama-int4');
const packedGpt2 = join(out, 'gpt2-int4');
const group32 = ['--bits', '4', '--unit', 'group', '--group-size', '32'];

/** Exit code of a command that was refused or failed; see the README's table. */
const FAILED = 1;

/**
 * Each step: what it shows, the command line, and the exit code that it ought to end with.
 * @type {[title: string, args: string[], expected?: number][]}
 */
const STEPS = [
  ['A Llama in three BF16 shards: modules, sizes, dtypes', ['inspect', llama]],
  ['What its weights look like', ['scan', llama, '--tensor', 'model.layers.0.self_attn.q_proj.weight']],
  ['What 4 bits in groups of 32 would cost', ['measure', llama, '--quantizer', 'rtn', ...group32]],
  [
    'Packed for the compressed-tensors library (vLLM, Transformers)',
    ['quantize', llama, '--quantizer', 'rtn', ...group32, '--format', 'compressed-tensors', '--out', packedLlama],
  ],
  ['Read back and compared with the original', ['verify', packedLlama, '--against', llama]],
  ['A GPT-2 in one F32 file, its linear layers stored transposed', ['inspect', gpt2]],
  ['What its weights look like', ['scan', gpt2, '--tensor', 'h.0.attn.c_attn.weight']],
  ['The error of absmax, 4 bits in groups of 32', ['measure', gpt2, '--quantizer', 'absmax', ...group32]],
  [
    'Refused: no loader of compressed-tensors takes the Conv1D modules of a GPT-2',
    [
      'quantize',
      gpt2,
      '--quantizer',
      'rtn',
      ...group32,
      '--format',
      'compressed-tensors',
      '--out',
      join(out, 'refused'),
    ],
    FAILED,
  ],
  [
    "Packed in Loupe's own format instead",
    ['quantize', gpt2, '--quantizer', 'absmax', ...group32, '--format', 'loupe', '--out', packedGpt2],
  ],
  ['Read back and compared with the original', ['verify', packedGpt2, '--against', gpt2]],
];

/** @param {(typeof STEPS)[number]} step */
function showStep([title, args, expected = 0]) {
  console.log(`\n── ${title}\n$ loupe ${args.join(' ')}`);
  const code = exitCodeOf(projectNode, [join('dist', 'cli.js'), ...args]);
  if (code !== expected) throw new Error(`loupe ${args[0]} ended with ${code}, expected ${expected}`);
}

setUp({ production: true });
rmSync(join(root, out), { recursive: true, force: true });
for (const step of STEPS) showStep(step);
console.log(`
The packed models are in ${out}.
To see all this in VS Code, with histograms, the heat map and the export by right click:

  npm run vscode
`);
