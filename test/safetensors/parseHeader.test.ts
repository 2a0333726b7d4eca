import { parseHeader, SAFETENSORS_TEXTS } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { buildFile, entry, faultOf } from './support/buildFile.ts';

/** Parses the header of a file with that header text and so many bytes of data. */
function parse(text: string | Uint8Array, dataBytes: number): ReturnType<typeof parseHeader> {
  const file = buildFile(text, dataBytes);
  return parseHeader(file.subarray(8, file.length - dataBytes), file.length);
}

const W = entry('w', 'F32', [2, 2], 0, 16);
const withField = (field: string): string => `{${W.slice(0, -1)},${field}}}`;
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('parseHeader on valid headers', () => {
  it('gives absolute ranges, metadata and sizes', () => {
    const text = `{"__metadata__":{"format":"pt"},${entry('a', 'U8', [3], 0, 3)},${entry('b', 'F32', [], 3, 7)}}`;
    const start = 8 + text.length;
    expect(parse(text, 7)).toEqual({
      tensors: [
        { name: 'a', dtype: 'U8', shape: [3], start, end: start + 3 },
        { name: 'b', dtype: 'F32', shape: [], start: start + 3, end: start + 7 },
      ],
      metadata: new Map([['format', 'pt']]),
      headerBytes: text.length,
      dataStart: start,
      fileBytes: start + 7,
    });
  });

  it('puts tensors in data order whatever their order in the header', () => {
    const text = `{${entry('last', 'U8', [1], 2, 3)},${entry('first', 'U8', [2], 0, 2)}}`;
    expect(parse(text, 3).tensors.map((tensor) => tensor.name)).toEqual(['first', 'last']);
  });

  it('keeps offsets beyond 2^32 exact', () => {
    const half = 2 ** 40 + 1;
    const text = `{${entry('a', 'U8', [half], 0, half)},${entry('b', 'U8', [half], half, 2 * half)}}`;
    const bytes = new TextEncoder().encode(text);
    const header = parseHeader(bytes, 8 + bytes.length + 2 * half);
    expect(header.tensors.map(({ start, end }) => [start - header.dataStart, end - header.dataStart])).toEqual([
      [0, half],
      [half, 2 * half],
    ]);
  });

  it.each([
    ['no tensor at all', '{}', 0],
    ['white space before the brace', ` \n\t\r{${W}}`, 16],
    ['white space behind the brace', `{${W}} \n\t\r`, 16],
    ['white space between all tokens', `{ ${W.replaceAll(/([:,[\]])/g, ' $1\n')} }`, 16],
    ['"__metadata__" null', `{"__metadata__":null,${W}}`, 16],
    ['"__metadata__" at the end', `{${W},"__metadata__":{"a":"b"}}`, 16],
    ['an escaped "__metadata__"', `{"__meta\\u0064ata__":{},${W}}`, 16],
    ['an escaped field name', `{${W.replace('"dtype"', '"dty\\u0070e"')}}`, 16],
    ['an escaped dtype', `{${W.replace('"F32"', '"\\u004632"')}}`, 16],
    ['an unknown field', withField('"x":{"y":[1,-2.5e-3,true,false,null,"z"]}'), 16],
    ['an unknown field twice', withField('"x":1,"x":2'), 16],
    ['"__proto__" as an unknown field', withField('"__proto__":{"shape":[9]}'), 16],
    ['127 levels of nesting', withField(`"x":${nested(125)}`), 16],
    ['an exponent that makes nothing of a number', withField('"x":1e-999'), 16],
    ['a zero with a huge exponent', withField('"x":0e999'), 16],
    ['an empty name', `{${entry('', 'U8', [1], 0, 1)}}`, 1],
    ['an empty tensor', `{${entry('w', 'F32', [0, 3], 0, 0)}}`, 0],
    [
      'several empty tensors at one offset',
      `{${entry('a', 'U8', [0], 0, 0)},${entry('b', 'F64', [0], 0, 0)},${W}}`,
      16,
    ],
    ['an empty tensor at the end', `{${W},${entry('e', 'U8', [0], 16, 16)}}`, 16],
    ['a product that meets its 0 first', `{${entry('w', 'F32', [0, 2 ** 32, 2 ** 32], 0, 0)}}`, 0],
    ['the largest dim that is exact', `{${entry('w', 'F32', [0, 2 ** 53 - 1], 0, 0)}}`, 0],
    ['four F6 elements in three bytes', `{${entry('w', 'F6_E2M3', [4], 0, 3)}}`, 3],
    ['data that is not aligned', `{${entry('a', 'U8', [1], 0, 1)},${entry('b', 'F64', [1], 1, 9)}}`, 9],
  ])('accepts %s', (_change, text, dataBytes) => {
    expect(parse(text, dataBytes).dataStart).toBe(8 + new TextEncoder().encode(text).length);
  });

  it.each(['__proto__', 'constructor', '10', '../../x', 'a"b\\c', '\u0000', '\u007f', '\uFFFE', '\u2028', '😀'])(
    'keeps the name %j as it is',
    (name) => {
      expect(parse(`{${entry(name, 'U8', [1], 0, 1)}}`, 1).tensors[0]?.name).toBe(name);
    },
  );

  it('reads every escape of JSON', () => {
    const text = `{"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\ud83d\\uDE00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`;
    expect(parse(text, 1).tensors[0]?.name).toBe('"\\/\b\f\n\r\té😀');
  });

  it('reads a name of a hundred thousand escapes', () => {
    const text = `{"${'\\n'.repeat(100_000)}":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`;
    expect(parse(text, 1).tensors[0]?.name).toBe('\n'.repeat(100_000));
  });
});

/** Where a byte is given it is where the fault stands in the file. */
type Fault = readonly [change: string, text: string | Uint8Array, dataBytes: number, code: string, byte?: number];

const FAULTS: readonly Fault[] = [
  // Text.
  ['no header text', '', 0, 'header/empty'],
  ['0xff in a name', new Uint8Array([0x7b, 0x22, 0xff, 0x22]), 0, 'header/not-utf8', 10],
  ['an overlong slash', new Uint8Array([0x7b, 0x22, 0xc0, 0xaf, 0x22]), 0, 'header/not-utf8', 10],
  ['a surrogate in UTF-8', new Uint8Array([0x7b, 0xed, 0xa0, 0x80]), 0, 'header/not-utf8', 9],
  ['a byte order mark', `\uFEFF{${W}}`, 16, 'header/byte-order-mark', 8],
  ['nothing but spaces', '   ', 0, 'header/not-json', 11],
  ['an unclosed object', `{${W}`, 16, 'header/not-json'],
  ['an unclosed string', '{"w', 0, 'header/not-json', 11],
  ['a trailing comma', `{${W},}`, 16, 'header/not-json'],
  ['a trailing NUL', `{${W}}\0`, 16, 'header/not-json'],
  ['trailing text', `{${W}}x`, 16, 'header/not-json'],
  ['a comment', `{/**/${W}}`, 16, 'header/not-json', 9],
  ['single quotes', "{'w':1}", 0, 'header/not-json', 9],
  ['a vertical tab for a space', `\v{${W}}`, 16, 'header/not-json', 8],
  ['a form feed for a space', `{${W}\f}`, 16, 'header/not-json'],
  ['a no-break space for a space', `{\u00a0${W}}`, 16, 'header/not-json', 9],
  ['U+2028 for a space', `{${W}}\u2028`, 16, 'header/not-json'],
  ['NaN in an ignored field', withField('"x":NaN'), 16, 'header/not-json'],
  ['a leading zero in an ignored field', withField('"x":01'), 16, 'header/not-json'],
  ['a number that ends in a point', withField('"x":1.'), 16, 'header/not-json'],
  ['a number without exponent digits', withField('"x":1e+'), 16, 'header/not-json'],
  ['a minus sign alone', withField('"x":-'), 16, 'header/not-json'],
  ['128 levels of nesting', withField(`"x":${nested(126)}`), 16, 'header/too-deep'],
  ['a million open brackets', withField(`"x":${'['.repeat(1_000_000)}`), 16, 'header/too-deep'],
  ['1e999 in an ignored field', withField('"x":1e999'), 16, 'header/number-too-large'],
  ['400 digits in an ignored field', withField(`"x":${'9'.repeat(400)}`), 16, 'header/number-too-large'],
  ['five million digits', withField(`"x":${'9'.repeat(5_000_000)}`), 16, 'header/number-too-large'],
  ['a line feed in a name', '{"a\nb":1}', 0, 'header/control-character', 11],
  ['a \\x escape', '{"\\x41":1}', 0, 'header/bad-escape', 10],
  ['a \\0 escape', '{"\\0":1}', 0, 'header/bad-escape', 10],
  ['a \\u{41} escape', '{"\\u{41}":1}', 0, 'header/bad-escape', 10],
  ['a \\u escape of three digits', '{"\\u041":1}', 0, 'header/bad-escape', 10],
  ['half a pair in a name', '{"\\ud800":1}', 0, 'header/lone-surrogate', 10],
  ['a pair the wrong way round', '{"\\udc00\\ud800":1}', 0, 'header/lone-surrogate', 10],
  ['half a pair in metadata', '{"__metadata__":{"a":"\\ud800"}}', 0, 'header/lone-surrogate'],
  ['half a pair in an ignored field', withField('"x":"\\udfff"'), 16, 'header/lone-surrogate'],

  // Structure.
  ['an array for the root', '[]', 0, 'header/not-an-object', 8],
  ['a string for the root', ' "w"', 0, 'header/not-an-object', 9],
  ['a tensor twice', `{${W},${W}}`, 16, 'header/duplicate-tensor'],
  ['a tensor twice, once escaped', `{${W},${W.replace('"w"', '"\\u0077"')}}`, 16, 'header/duplicate-tensor'],
  ['"__metadata__" twice', '{"__metadata__":{},"__metadata__":null}', 0, 'metadata/duplicate', 27],
  ['a metadata key twice', '{"__metadata__":{"a":"b","a":"c"}}', 0, 'metadata/duplicate-key', 33],
  ['metadata as an array', '{"__metadata__":[]}', 0, 'metadata/not-an-object', 24],
  ['a number in metadata', '{"__metadata__":{"a":1}}', 0, 'metadata/not-a-string', 29],
  ['a null in metadata', '{"__metadata__":{"a":null}}', 0, 'metadata/not-a-string', 29],
  ['an object in metadata', '{"__metadata__":{"a":{}}}', 0, 'metadata/not-a-string', 29],
  ['an entry that is null', '{"w":null}', 0, 'tensor/not-an-object', 13],
  ['an entry written as an array', '{"w":["F32",[1],[0,4]]}', 4, 'tensor/not-an-object', 13],
  ['no dtype', '{"w":{"shape":[],"data_offsets":[0,1]}}', 1, 'tensor/field-missing'],
  ['no shape', '{"w":{"dtype":"U8","data_offsets":[0,1]}}', 1, 'tensor/field-missing'],
  ['no data_offsets', '{"w":{"dtype":"U8","shape":[]}}', 1, 'tensor/field-missing'],
  ['two dtypes', withField('"dtype":"F32"'), 16, 'tensor/field-twice'],
  ['two shapes', withField('"shape":[2,2]'), 16, 'tensor/field-twice'],
  ['two data_offsets', withField('"data_offsets":[0,16]'), 16, 'tensor/field-twice'],
  ['a dtype in small letters', `{${entry('w', 'f32', [], 0, 4)}}`, 4, 'tensor/unknown-dtype', 22],
  ['a dtype written as an object', `{${W.replace('"F32"', '{"F32":null}')}}`, 16, 'tensor/dtype-not-a-string'],
  ['a dim 2.0', `{${W.replace('[2,2]', '[2,2.0]')}}`, 16, 'tensor/bad-shape'],
  ['a dim 2e0', `{${W.replace('[2,2]', '[2,2e0]')}}`, 16, 'tensor/bad-shape'],
  ['a dim -1', `{${W.replace('[2,2]', '[-1,2]')}}`, 16, 'tensor/bad-shape'],
  ['a dim -0', `{${W.replace('[2,2]', '[-0,2]')}}`, 0, 'tensor/bad-shape'],
  ['a dim "2"', `{${W.replace('[2,2]', '["2",2]')}}`, 16, 'tensor/bad-shape'],
  ['a dim 02', `{${W.replace('[2,2]', '[02,2]')}}`, 16, 'tensor/bad-shape'],
  ['a dim 2^64', `{${W.replace('[2,2]', '[0,18446744073709551616]')}}`, 0, 'tensor/bad-shape'],
  ['a shape that is null', `{${W.replace('[2,2]', 'null')}}`, 16, 'tensor/bad-shape'],
  ['an offset 16.0', `{${W.replace('[0,16]', '[0,16.0]')}}`, 16, 'tensor/bad-offsets'],
  ['three offsets', `{${W.replace('[0,16]', '[0,16,16]')}}`, 16, 'tensor/bad-offsets'],
  ['one offset', `{${W.replace('[0,16]', '[16]')}}`, 16, 'tensor/bad-offsets'],
  ['an offset -0', `{${W.replace('[0,16]', '[-0,16]')}}`, 16, 'tensor/bad-offsets'],

  // Layout.
  ['offsets the wrong way round', `{${entry('w', 'F32', [], 4, 0)}}`, 4, 'tensor/reversed-offsets'],
  ['data that begins at 4', `{${entry('w', 'F32', [], 4, 8)}}`, 8, 'tensor/hole'],
  ['a hole between tensors', `{${W},${entry('v', 'U8', [1], 17, 18)}}`, 18, 'tensor/hole'],
  ['a tensor inside another', `{${W},${entry('v', 'U8', [1], 3, 4)}}`, 16, 'tensor/overlap'],
  ['two tensors over one range', `{${W},${entry('v', 'F32', [4], 0, 16)}}`, 16, 'tensor/overlap'],
  ['an offset of 2^53 + 1', `{${W.replace('[0,16]', '[9007199254740993,9007199254740993]')}}`, 16, 'tensor/hole'],
  ['a shape [2^32, 2^32]', `{${entry('w', 'F32', [2 ** 32, 2 ** 32], 0, 0)}}`, 0, 'tensor/overflow'],
  ['a shape [2^32, 2^32, 0]', `{${entry('w', 'F32', [2 ** 32, 2 ** 32, 0], 0, 0)}}`, 0, 'tensor/overflow'],
  [
    'bits beyond 64 bits',
    `{${entry('w', 'U8', [], 0, 0).replace('[]', '[2305843009213693952]')}}`,
    0,
    'tensor/overflow',
  ],
  ['three F4 elements', `{${entry('w', 'F4', [3], 0, 2)}}`, 2, 'tensor/not-whole-bytes'],
  ['a range of another size', `{${entry('w', 'F32', [2, 3], 0, 16)}}`, 16, 'tensor/wrong-size'],
  ['2^61 - 1 elements in no bytes', `{${W.replace('[2,2]', '[2305843009213693951]')}}`, 16, 'tensor/overflow'],
  ['a dim of 2^53 beside a 0', `{${entry('w', 'U8', [0, 2 ** 53], 0, 0)}}`, 0, 'tensor/dim-too-large'],
  ['a byte too few', `{${W}}`, 15, 'data/missing-bytes'],
  ['a byte too many', `{${W}}`, 17, 'data/extra-bytes'],
  ['a byte behind an empty header', '{}', 1, 'data/extra-bytes'],
];

describe('parseHeader on broken headers', () => {
  it.each(FAULTS.map((row) => ({ change: row[0], row })))('refuses $change', async ({ row }) => {
    const [, text, dataBytes, code, byte] = row;
    const fault = await faultOf(() => parse(text, dataBytes));
    expect(fault.code).toBe(code);
    if (byte !== undefined) expect(fault.args.byte).toBe(byte);
  });

  it('has a fixture for every code that a header can be refused with', () => {
    const areas = ['header/', 'metadata/', 'tensor/', 'data/'];
    const codes = Object.keys(SAFETENSORS_TEXTS).filter((code) => areas.some((area) => code.startsWith(area)));
    // These need a length prefix, so `readHeader` has their fixtures.
    const ofThePrefix = new Set(['header/too-large', 'header/beyond-file', 'header/cut-off']);
    const tested = new Set(FAULTS.map(([, , , code]) => code));
    expect(codes.filter((code) => !tested.has(code) && !ofThePrefix.has(code))).toEqual([]);
  });

  it('counts bytes, not characters, to the fault', async () => {
    const fault = await faultOf(() => parse('{"é😀":1}', 0));
    expect(fault.args.byte).toBe(8 + '{"'.length + 'é'.length + 1 + 4 + '":'.length);
  });

  it('names the tensor, the place and the sizes in its message', async () => {
    const fault = await faultOf(() => parse(`{${entry('a.weight', 'F32', [2, 3], 0, 16)}}`, 16));
    expect(fault.message).toBe('Tensor "a.weight" has 16 bytes of data, but its dtype and shape (F32 [2, 3]) take 24.');
  });

  it('says how many bytes are missing', async () => {
    const fault = await faultOf(() => parse(`{${W}}`, 3));
    expect(fault.args).toMatchObject({ missingBytes: 13 });
  });
});
