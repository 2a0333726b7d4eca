/** The file system of this host. */
export { nodeFileSystem as hostFileSystem } from './nodeFileSystem.ts';
