import { describe, expect, it } from 'vitest';
import type { FailureDocument } from '../../src/protocol/documents.ts';
import { GPT2, installLoupe, LLAMA } from './support/loupe.ts';

const loupe = installLoupe();
/** By their names in the titles of tests. */
const CHECKPOINTS: Readonly<Record<string, string>> = { LLAMA, GPT2 };
const COMMANDS = ['inspect', 'scan', 'measure', 'quantize', 'verify', 'recipes', 'kernels'];

describe('help', () => {
  it('lists every command, and goes to stderr with exit code 2 where nothing was asked', async () => {
    const asked = await loupe.run(['--help']);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(asked.stdout).toMatch(new RegExp(`^ {2}${command} +\\w`, 'm'));
    expect(await loupe.run([])).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout });
  });
  it.each(COMMANDS)('of %s has its usage, every flag with a text, exit codes and an example', async (command) => {
    const { code, stdout } = await loupe.run([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: loupe ${command}`);
    expect(stdout).toMatch(/^ {2}(-h, )?--json +\w/m);
    expect(stdout).toContain('130 aborted');
    expect(stdout.split('Examples:')[1]).toContain(`  loupe ${command}`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    expect(await loupe.run(['help', command])).toMatchObject({ code: 0, stdout });
  });
  it('tells the version of the package', async () => {
    const { stdout } = await loupe.run(['--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage ends with 2 and says what to type:', () => {
  it.each([
    [['inspekt', 'LLAMA'], 'Did you mean loupe inspect?'],
    [['inspect'], 'FILE is missing: loupe inspect FILE.'],
    [['inspect', 'LLAMA', 'GPT2'], 'There is no use for'],
    [['inspect', 'LLAMA', '--quantiser', 'rtn'], 'loupe inspect has no flag --quantiser.'],
    [['measure', 'LLAMA', '--quantiser', 'rtn'], 'Did you mean --quantizer?'],
    [['measure', 'LLAMA'], 'Say how to quantize'],
    [['measure', 'LLAMA', '--quantizer', 'absmx'], 'There is no quantizer "absmx". Known: absmax'],
    [['measure', 'LLAMA', '--quantizer', 'absmax', '--bits', '9'], 'absmax: bits cannot be 9'],
    [
      ['measure', 'LLAMA', '--quantizer', 'absmax', '--asymmetric'],
      'absmax has no use for --asymmetric. It takes: --bits',
    ],
    [
      ['measure', 'LLAMA', '--quantizer', 'bf16', '--group-size', '32'],
      'bf16 has no use for --group-size. It takes: no parameters.',
    ],
    [['measure', 'LLAMA', '--quantizer', 'rtn', '--kind', 'lineal'], '--kind cannot be lineal. Allowed: linear'],
    [['measure', 'LLAMA', '--quantizer', 'rtn', '--dtype', 'F16'], '--dtype is for --format dequantized'],
    [
      ['measure', 'LLAMA', '--quantizer', 'rtn', '--include', 'q_prog.weight'],
      'Nearest names: model.layers.0.self_attn.q_proj.weight',
    ],
    [['measure', 'LLAMA', '--recipe', 'x.loupe.json', '--bits', '4'], '--recipe excludes --bits'],
    [
      ['measure', 'LLAMA', '--quantizer', 'rtn', '--threads', '0'],
      '--threads must be a whole number from 1 to 256, not 0.',
    ],
    [['scan', 'LLAMA', '--tensor', 'q_prog.weight'], 'Nearest names: model.layers.0.self_attn.q_proj.weight'],
    [['quantize', 'LLAMA', '--quantizer', 'rtn', '--out', 'x'], '--format is missing'],
    [
      ['quantize', 'LLAMA', '--format', 'awq', '--out', 'x'],
      'There is no packed format "awq". Known: compressed-tensors',
    ],
    [['quantize', 'LLAMA', '--format', 'loupe'], '--out is missing'],
    [['quantize', 'LLAMA', '--format', 'compressed-tensors', '--out', 'x.safetensors'], '--out must be a folder'],
    [
      ['quantize', 'LLAMA', '--format', 'loupe', '--out', 'x', '--max-shard-size', '5 eggs'],
      '--max-shard-size must be a size',
    ],
    [['verify', 'LLAMA'], '--against is missing'],
  ])('%j', async (words, message) => {
    const args = words.map((word) => CHECKPOINTS[word] ?? word);
    const { code, stdout, stderr } = await loupe.run(args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
  it('prints one failure document with --json', async () => {
    const failure = await loupe.json<FailureDocument>(['measure', LLAMA, '--quantizer', 'f16', '--bits', '4'], 2);
    expect(failure).toMatchObject({
      schema: 'loupe/failure/1',
      code: 'quantizer/unused-parameter',
      args: { id: 'f16' },
    });
    expect(failure.text).toContain('--bits');
  });
});

describe('a bad file ends with 3:', () => {
  it('one that is not there', async () => {
    const failure = await loupe.json<FailureDocument>(['inspect', 'nowhere.safetensors'], 3);
    expect(failure).toMatchObject({ code: 'file/not-found', args: { path: 'nowhere.safetensors' } });
  });
  it('one that is no checkpoint, named for what it is', async () => {
    const failure = await loupe.json<FailureDocument>(['inspect', `${LLAMA}/config.json`], 3);
    expect(failure.code.startsWith('checkpoint/') || failure.code.startsWith('file/')).toBe(true);
  });
  it('a recipe that is not there', async () => {
    await loupe.json<FailureDocument>(['measure', LLAMA, '--recipe', 'nowhere.loupe.json'], 3);
  });
});
