/** The file system of this host. */
export { webFileSystem as hostFileSystem } from '../web/webFileSystem.ts';
