/** Stands in for the module `vscode` where a test reads a table from a file that imports it; nothing may be called. */
export {};
