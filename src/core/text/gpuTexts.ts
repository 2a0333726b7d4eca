import { type FailureArgs, fillText } from '../failure.ts';

/** What is said of a GPU, in English; the extension translates it. Roads and adapters go by their names in every language. */
export const GPU_TEXTS = {
  'no-adapter': 'no adapter',
  'no-navigator-gpu': 'no navigator.gpu',
  'no-page-open': 'no page open',
  'no-plain-node': 'no plain Node',
  'no-vulkan-loader': 'no Vulkan loader',
  'package-not-installed': 'package not installed: {package}',
  'package-not-found': 'package not found: {package}',
  'glibc-too-old': 'glibc too old: {found}, the package {package} needs {needed}',
  failed: 'failed: {why}',
  adapter:
    '{adapter}, buffers of {buffer} MiB, bindings of {binding} MiB, {invocations} invocations a workgroup, subgroups of {subgroup}',
  'software-adapter':
    'software adapter, taken only where the backend is webgpu: {adapter}, buffers of {buffer} MiB, bindings of {binding} MiB, {invocations} invocations a workgroup, subgroups of {subgroup}',
  used: 'searches on {adapter} by {road}; {refused} of {proposed} proposals refused',
  'used-measured': 'searches on {adapter} by {road} (measured: {measured}); {refused} of {proposed} proposals refused',
  'not-used': 'searches by the workers (measured: {measured})',
} as const;

export interface GpuText {
  readonly code: keyof typeof GPU_TEXTS;
  readonly args: FailureArgs;
}

export function gpuText(code: GpuText['code'], args: FailureArgs = {}): GpuText {
  return { code, args };
}

export function englishOf({ code, args }: GpuText): string {
  return fillText(GPU_TEXTS[code], args);
}
