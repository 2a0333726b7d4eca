/**
 * One code per fault, with its English text: what is wrong, where (bytes count from the start of the file), what to do.
 * The names in braces are the error's `args`. Scripts test the codes: rename none.
 */
export const SAFETENSORS_TEXTS = {
  // What the file is instead.
  'file/empty': 'The file is empty. Download it again.',
  'file/git-lfs-pointer':
    'This is a Git LFS pointer, not the weights ({weightBytes} bytes) it stands for. Run "git lfs pull" in its repository.',
  'file/html': 'This is an HTML page, not a safetensors file. Download the file itself, not the page about it.',
  'file/text': 'This is text, not a safetensors file; it begins with "{beginning}". Download the file again.',
  'file/json': 'This is a JSON text, not a safetensors file. An index must be named *.safetensors.index.json.',
  'file/zip': 'This is a zip archive (PyTorch saves .bin and .pt so), not a safetensors file. Convert it first.',
  'file/pickle': 'This is a Python pickle (an old PyTorch file), not a safetensors file. Convert it first.',
  'file/gguf': 'This is a GGUF file (llama.cpp), not a safetensors file.',
  'file/hdf5': 'This is an HDF5 file (Keras), not a safetensors file. Convert it first.',
  'file/gzip': 'This is a gzip archive, not a safetensors file. Unpack it first.',

  // Length prefix and header text, in the order in which they are checked.
  'file/too-short': 'The file has {fileBytes} bytes; the length of the header alone takes 8. Download it again.',
  'header/empty':
    'The first 8 bytes are zero: there is no header. The download may have reserved its space and not finished; download it again.',
  'header/too-large':
    'The first 8 bytes give a header of {headerBytes} bytes; the format allows {limitBytes}. This is no safetensors file, or its start is damaged.',
  'header/beyond-file':
    'The first 8 bytes give a header of {headerBytes} bytes, but the file has only {fileBytes}. Its start is damaged; download it again.',
  'header/cut-off':
    'The file ends inside its header: it has {fileBytes} bytes, at least {missingBytes} are missing. The download was cut off; download it again.',
  'header/not-utf8': 'The header is not valid UTF-8 at byte {byte}. The file is damaged; download it again.',
  'header/not-json': 'The header is not JSON: {expected} was expected at byte {byte}, {found} stands there.',
  'header/too-deep': 'The header nests objects and arrays more than {limit} deep at byte {byte}.',
  'header/number-too-large': 'The number at byte {byte} of the header is beyond a 64-bit float.',
  'header/control-character': 'A string of the header holds a raw control character ({found}) at byte {byte}.',
  'header/bad-escape': 'A string of the header holds an escape that JSON does not know at byte {byte}.',
  'header/lone-surrogate': 'A string of the header holds half a surrogate pair at byte {byte}.',
  'header/byte-order-mark': 'The header begins with a byte order mark at byte {byte}; JSON text must not.',

  // What the header holds.
  'header/not-an-object': 'The header must be a JSON object; {found} stands at byte {byte}.',
  'header/duplicate-tensor': 'The tensor "{tensor}" stands twice in the header, again at byte {byte}.',
  'metadata/duplicate': 'The header has two "__metadata__" members, the second at byte {byte}.',
  'metadata/duplicate-key': 'The key "{key}" stands twice in "__metadata__", again at byte {byte}.',
  'metadata/not-an-object': '"__metadata__" must be an object of strings or null; {found} stands at byte {byte}.',
  'metadata/not-a-string': 'The value of "{key}" in "__metadata__" must be a string; {found} stands at byte {byte}.',
  'tensor/not-an-object': 'The entry of tensor "{tensor}" must be an object; {found} stands at byte {byte}.',
  'tensor/field-missing': 'The entry of tensor "{tensor}", which ends at byte {byte}, has no "{field}".',
  'tensor/field-twice': 'The entry of tensor "{tensor}" has two "{field}" fields, the second at byte {byte}.',
  'tensor/dtype-not-a-string': 'The dtype of tensor "{tensor}" must be a string; {found} stands at byte {byte}.',
  'tensor/unknown-dtype': 'Tensor "{tensor}" has the dtype "{dtype}" at byte {byte}, which the format does not know.',
  'tensor/bad-shape':
    'The shape of tensor "{tensor}" must be an array of whole numbers, written as digits, below 2^64; {found} stands at byte {byte}.',
  'tensor/bad-offsets':
    'The data_offsets of tensor "{tensor}" must be two whole numbers, written as digits, below 2^64; {found} stands at byte {byte}.',

  // Where the data lies; offsets count from the start of the data.
  'tensor/reversed-offsets': 'Tensor "{tensor}" ends at offset {end}, before it begins at {begin}.',
  'tensor/hole': 'Tensor "{tensor}" begins at offset {begin}, but the data before it ends at {previousEnd}: a hole.',
  'tensor/overlap':
    'Tensor "{tensor}" begins at offset {begin}, inside data that ends at {previousEnd}: tensors may not overlap.',
  'tensor/overflow': 'The size of tensor "{tensor}" ({dtype} [{shape}]) does not fit in 64 bits.',
  'tensor/not-whole-bytes':
    'Tensor "{tensor}" ({dtype} [{shape}]) takes {bits} bits, which is not a whole number of bytes.',
  'tensor/wrong-size':
    'Tensor "{tensor}" has {rangeBytes} bytes of data, but its dtype and shape ({dtype} [{shape}]) take {tensorBytes}.',
  'tensor/dim-too-large': 'Tensor "{tensor}" has the dimension {dim}; above 2^53 - 1 it cannot be held exactly.',
  'data/missing-bytes':
    '{missingBytes} bytes are missing at the end: the file has {fileBytes} of {expectedBytes}. The download was cut off; download it again.',
  'data/extra-bytes':
    '{extraBytes} bytes too many stand at the end: the file has {fileBytes} bytes, its header accounts for {expectedBytes}.',

  // Reading and writing bytes.
  'file/not-found': 'The file "{path}" does not exist.',
  'file/not-a-file': '"{path}" is neither a file nor a folder that holds one.',
  'file/no-access': 'The file "{path}" may not be accessed; check its permissions.',
  'file/exists': 'The file "{path}" exists already.',
  'file/no-space': 'No space is left on the disk of "{path}".',
  'file/too-many-open': 'Too many files are open to open "{path}" as well.',
  'file/io-failed': 'The system could not serve "{path}": {reason}.',
  'file/changed': 'The file "{path}" changed since it was opened. Open it again.',
  'file/vanished': 'The file "{path}" was moved or deleted since it was opened.',
  'file/closed': 'The file "{path}" was closed.',
  'file/too-large-as-text': 'The file "{path}" has {fileBytes} bytes; as text at most {limitBytes} are read.',
  'range/outside': 'The bytes {start} to {end} do not lie inside the {size} bytes there are.',
  'http/failed': 'The server of {url} could not be reached: {reason}.',
  'http/status': 'The server answered {status} to the request for {url}.',
  'http/no-ranges': 'The server of {url} does not serve byte ranges; download the file and open it from disk.',
  'http/no-size':
    'The server of {url} does not say how long the file is (no Content-Range header, or one that this page may not see).',
  'http/wrong-range': 'The server of {url} sent other bytes ({received}) than asked for ({asked}).',

  // A checkpoint of several files.
  'checkpoint/empty': 'The folder "{folder}" holds no safetensors file.',
  'checkpoint/ambiguous': 'The folder "{folder}" holds several checkpoints ({names}); open one of them.',
  'checkpoint/incomplete':
    'The folder "{folder}" holds {count} of {total} shards and no index; {missing} is missing. Download it, or open one file.',
  'index/not-json': 'The index is not JSON: {problem} at character {at}.',
  'index/git-lfs-pointer': 'The index is a Git LFS pointer. Run "git lfs pull" in its repository.',
  'index/no-weight-map': 'The index has no "weight_map" that gives each tensor its file.',
  'index/bad-weight-map': 'The "weight_map" of the index must give the file of tensor "{tensor}" as a string.',
  'index/duplicate-key': 'The index has "{key}" twice.',
  'index/unsafe-path':
    'The index puts tensor "{tensor}" in "{path}". Only files beside the index or below it are opened: no "..", no absolute path.',
  'index/wrong-shard': 'The index puts tensor "{tensor}" in {listed}, but it is in {found}.',
  'index/tensor-absent': 'The index puts tensor "{tensor}" in {listed}, but that file does not hold it.',
  'index/tensor-twice': 'The tensor "{tensor}" is in two files, {first} and {second}.',

  // Planning and writing files.
  'plan/bad-name': 'A tensor cannot be named "{tensor}": {reason}.',
  'plan/duplicate-tensor': 'The tensor "{tensor}" is planned twice in one file.',
  'plan/bad-shape': 'Tensor "{tensor}" is planned with the shape [{shape}]; dims are whole numbers from 0 to 2^53 - 1.',
  'plan/bad-metadata': 'The metadata "{key}" holds half a surrogate pair and cannot be written.',
  'plan/too-large': 'The planned file takes {bytes} bytes or more, beyond 2^53 - 1.',
  'plan/bad-shard-size': 'The maximum shard size must be a positive number of bytes; it is "{size}".',
  'plan/bad-byte-size': '"{text}" is not a size; write bytes or a number with KB, MB, GB or TB, such as 5GB.',
  'write/unknown-tensor': 'The file is planned without a tensor "{tensor}".',
  'write/outside-tensor': 'Bytes {start} to {end} do not lie inside the {tensorBytes} bytes of tensor "{tensor}".',
  'write/overlap': 'The bytes {start} to {end} of the file were written before, at least in part.',
  'write/incomplete': 'The file is not complete: {missingBytes} bytes were not written, the first at byte {firstByte}.',
} as const;

/** Code of a fault; `area/fault`. */
export type SafetensorsCode = keyof typeof SAFETENSORS_TEXTS;
