/**
 * Why a question has no answer.
 *
 *   block    the device goes on
 *   device   it is gone, or hangs: another has to be opened
 *   left     whoever had it was closed by a person
 *   too-large  more than the device holds
 */
export type GpuFaultKind = 'block' | 'device' | 'left' | 'too-large';

export class GpuFault extends Error {
  override readonly name = 'GpuFault';
  readonly kind: GpuFaultKind;

  constructor(why: string, kind: GpuFaultKind) {
    super(why);
    this.kind = kind;
  }
}
