import { expect, it } from 'vitest';
import { savedConfigText } from '../../../src/core/formats/configText.ts';
import { parseModelConfig } from '../../../src/core/model/modelConfig.ts';

function save(configText: string, change: (config: object) => object): string {
  const { config } = parseModelConfig(configText);
  return savedConfigText({ config, configText }, change(config ?? {}) as never);
}

it('leaves numbers as they are written', () => {
  const text = '{\n  "rope_theta": 10000.0,\n  "eps": 1e-06,\n  "nested": {"a": [1.0, 2]}\n}\n';
  expect(save(text, (config) => config)).toBe(text);
});

it('changes, adds and drops members in place', () => {
  const text = '{"a": 1.0, "dtype": "float32", "old": {}, "z": [1.50]}';
  const saved = save(text, (config) => {
    const { old: _dropped, ...rest } = config as { old: unknown };
    return { ...rest, dtype: 'float16', quantization_config: { bits: 4, list: [] } };
  });
  expect(saved).toBe(
    '{\n  "a": 1.0,\n  "dtype": "float16",\n  "z": [1.50],\n  "quantization_config": {\n    "bits": 4,\n    "list": []\n  }\n}\n',
  );
});

it('writes floats of a format with a point, which Python tells from integers', () => {
  const members = { quantization_config: { threshold: 6, other: 6, half: 0.5, text: '\n"threshold": 7,\n' } };
  const text = savedConfigText({ config: null, configText: null }, members, ['threshold', 'half']);
  expect(text).toContain('"threshold": 6.0,\n    "other": 6,\n    "half": 0.5,\n');
  expect(JSON.parse(text)).toEqual(members);
});

it('keeps the infinities that Python writes', () => {
  expect(save('{"limit": [0.0, Infinity], "x": NaN}', (config) => ({ ...config, y: 1 }))).toBe(
    '{\n  "limit": [0.0, Infinity],\n  "x": NaN,\n  "y": 1\n}\n',
  );
});

it('writes everything anew where a key stands twice, and where there was no text', () => {
  expect(save('{"a": 1, "a": 2.0}', (config) => config)).toBe('{\n  "a": 2\n}\n');
  expect(savedConfigText({ config: null, configText: null }, { a: 1 })).toBe('{\n  "a": 1\n}\n');
});
