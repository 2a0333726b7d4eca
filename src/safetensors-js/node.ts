/** Files and folders of Node. */
export { NodeFileSink } from './node/nodeFileSink.ts';
export { NodeFileSource } from './node/nodeFileSource.ts';
export { nodeFolder } from './node/nodeFolder.ts';
export { openCheckpointPath } from './node/openCheckpointPath.ts';
