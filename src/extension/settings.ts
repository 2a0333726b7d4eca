import * as vscode from 'vscode';
import type { QuantizerId } from '../core/quantizers/quantizer.ts';

/** The settings by their keys below `tensorLoupe.`. */
export interface Settings {
  readonly threads: number;
  readonly backend: 'auto' | 'wasm' | 'webgpu';
  readonly 'gpu.module': string;
  readonly defaultQuantizer: QuantizerId;
  readonly 'histogram.bins': number;
  readonly 'histogram.range': string;
  readonly 'scan.automaticUpToGB': number;
  readonly 'tree.showHuggingFaceCache': boolean;
  readonly 'panels.preview': boolean;
  readonly 'panels.channelRanges': boolean;
  readonly 'panels.compare': boolean;
}

/** The manifest test compares these with package.json. */
export const SETTING_DEFAULTS: Settings = {
  threads: 0,
  backend: 'auto',
  'gpu.module': '',
  defaultQuantizer: 'rtn',
  'histogram.bins': 150,
  'histogram.range': 'automatic',
  'scan.automaticUpToGB': 16,
  'tree.showHuggingFaceCache': true,
  'panels.preview': true,
  'panels.channelRanges': true,
  'panels.compare': true,
};

export function setting<K extends keyof Settings>(key: K): Settings[K] {
  return vscode.workspace.getConfiguration('tensorLoupe').get(key, SETTING_DEFAULTS[key]);
}

/** `automatic`, or `LOW..HIGH` as numbers. Null is automatic, also for text that is no range. */
export function parseHistogramRange(text: string): { low: number; high: number } | null {
  const [low, high, ...rest] = text.split('..').map(Number);
  if (low === undefined || high === undefined || rest.length > 0) return null;
  return Number.isFinite(low) && Number.isFinite(high) && low < high ? { low, high } : null;
}
