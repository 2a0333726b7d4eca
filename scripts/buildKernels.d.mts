/** Path of the compiled kernels. */
export declare const kernelsFile: string;
/** Compiles the kernels. @throws when the compiler reports an error */
export declare function buildKernels(): Promise<void>;
/** Compiles the kernels where a source is newer than the result; returns the path of the result. */
export declare function ensureKernels(): Promise<string>;
