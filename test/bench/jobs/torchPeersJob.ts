import { outputOf } from './runJob.ts';

/** Libraries of the field, by what they are asked. */
export type TorchPeer =
  | 'torch.histc'
  | 'compressed-tensors'
  | 'bitsandbytes-nf4'
  | 'bitsandbytes-fp4'
  | 'bitsandbytes-int8'
  | 'hqq';

/** Best seconds of each, or why there is no figure. */
export type TorchPeers = Readonly<Record<TorchPeer, number | string>>;

/** Quantizes normal weights in memory, on one thread of the CPU; a library that is not there says so. */
const PROGRAM = `
import json, sys, time
channels, inputs = int(sys.argv[1]), int(sys.argv[2])
found = {}

def best(name, prepare):
    try:
        run = prepare()
        times = []
        for _ in range(2):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        found[name] = min(times)
    except Exception as error:
        found[name] = f'{type(error).__name__}: {error}'.splitlines()[0][:80]

def torch_weights(dtype):
    import torch
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return (torch.randn(channels, inputs) * 0.02).to(dtype)

def histc():
    import torch
    w = torch_weights(torch.bfloat16).float()
    return lambda: torch.histc(w, bins=2048)

def compressed():
    import torch
    from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32
    from compressed_tensors.quantization import QuantizationArgs
    from compressed_tensors.quantization.lifecycle.forward import quantize
    from compressed_tensors.quantization.utils import calculate_qparams
    w = torch_weights(torch.bfloat16)
    args = QuantizationArgs(num_bits=4, type='int', symmetric=True, strategy='group', group_size=128)
    def run():
        g = w.unflatten(-1, (-1, 128))
        scale, zero = calculate_qparams(g.amin(-1), g.amax(-1), args)
        q = quantize(w, scale, zero, args, dtype=torch.int8)
        return pack_to_int32(q, 4)
    return run

def bnb4(kind):
    def prepare():
        import torch
        import bitsandbytes.functional as F
        w = torch_weights(torch.bfloat16)
        return lambda: F.quantize_4bit(w, quant_type=kind, blocksize=64)
    return prepare

def bnb8():
    import torch
    import bitsandbytes.functional as F
    w = torch_weights(torch.float16)
    return lambda: F.int8_vectorwise_quant(w)

def hqq():
    import torch
    from hqq.core.quantize import Quantizer
    w = torch_weights(torch.float32)
    return lambda: Quantizer.quantize(w, nbits=4, group_size=64, axis=1, device='cpu', compute_dtype=torch.float32)

best('torch.histc', histc)
best('compressed-tensors', compressed)
best('bitsandbytes-nf4', bnb4('nf4'))
best('bitsandbytes-fp4', bnb4('fp4'))
best('bitsandbytes-int8', bnb8)
best('hqq', hqq)
print(json.dumps(found))
`;

/** @returns of every peer its time, or the reason of the first line that it failed with */
export async function runTorchPeers(channels: number, inputs: number): Promise<TorchPeers> {
  // Another interpreter may be the one with the libraries.
  const python = process.env.PYTHON ?? 'python3';
  try {
    const lines = (await outputOf(python, ['-c', PROGRAM, String(channels), String(inputs)])).split('\n');
    return JSON.parse(lines.at(-1) ?? '{}') as TorchPeers;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const names: readonly TorchPeer[] = [
      'torch.histc',
      'compressed-tensors',
      'bitsandbytes-nf4',
      'bitsandbytes-fp4',
      'bitsandbytes-int8',
      'hqq',
    ];
    return Object.fromEntries(names.map((name) => [name, why.slice(0, 80)])) as unknown as TorchPeers;
  }
}
