import { expect, test } from 'vitest';
import type { MeasuredTensor } from '../../../src/protocol/documents.ts';
import { outlierColumnsText } from '../../../webview/quantizer/outlierColumns.ts';

const measured = (fields: Partial<MeasuredTensor>): MeasuredTensor => fields as MeasuredTensor;

test('the share of the columns that LLM.int8 keeps apart is of all columns of its tensors', () => {
  const tensors = [
    measured({ outlier_columns: 3, input_columns: 100 }),
    measured({ outlier_columns: 0, input_columns: 200 }),
  ];
  expect(outlierColumnsText([...tensors, measured({})])).toBe('3 columns apart, 1.00%');
});

test('other quantizers have nothing to say of columns', () => {
  expect(outlierColumnsText([measured({})])).toBe('');
});
