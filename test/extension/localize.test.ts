import { readFileSync } from 'node:fs';
import { SafetensorsError } from 'safetensors-js';
import { expect, test, vi } from 'vitest';
import { Failure, toFailure } from '../../src/core/failure.ts';
import { formatProblem } from '../../src/core/formats/formatProblem.ts';
import { failureText, localizeFailure, localizeProblem } from '../../src/extension/localize.ts';

const bundle = new URL('../../l10n/bundle.l10n.de.json', import.meta.url);
const german = JSON.parse(readFileSync(bundle, 'utf8')) as Record<string, string>;

// VS Code in German: it looks a text up and leaves places without an argument as they are.
vi.mock('vscode', () => ({ l10n: { t: (text: string) => german[text] ?? text } }));

test('a failure is told in the display language, its code and arguments stay', () => {
  const failure = new Failure('save/exists', { path: 'out' });
  expect(localizeFailure(failure)).toEqual({
    code: 'save/exists',
    args: { path: 'out' },
    text: 'out existiert. Wählen Sie ein anderes Ziel, oder ersetzen Sie es (--force).',
  });
});

test('a fault of a safetensors file is translated by its own code, with the file before it', () => {
  const error = SafetensorsError.of('header/not-utf8', { byte: 12 }).inFile('a.safetensors');
  expect(failureText(toFailure(error))).toBe(
    'a.safetensors: Der Header ist bei Byte 12 kein gültiges UTF-8. Die Datei ist beschädigt; laden Sie sie erneut herunter.',
  );
});

test('a name from a damaged file cannot steer what shows it', () => {
  const error = SafetensorsError.of('header/duplicate-tensor', { tensor: '\u001b[2J{byte}', byte: 3 });
  expect(failureText(toFailure(error))).toContain('„\\u001b[2J{byte}“ steht zweimal');
});

test('a problem of a format is translated with its arguments, a problem of the target by its failure', () => {
  const problem = formatProblem('refused', 'h.0.w', 'tensor/inputs', { inputs: 300, groupSize: 128 });
  expect(localizeProblem(problem)).toEqual({
    ...problem,
    why: 'seine 300 Eingänge lassen sich nicht in Gruppen von 128 teilen',
  });
  const args = { path: 'model.safetensors' };
  const source = { tensor: null, code: 'save/is-source', args, why: 'English', severity: 'refused' } as const;
  expect(localizeProblem(source).why).toMatch(/^model\.safetensors ist der Quell-Checkpoint\./);
});
