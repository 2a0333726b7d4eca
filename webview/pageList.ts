import { exportPage } from './export/exportPage.ts';
import { modelPage } from './model/modelPage.ts';
import type { PageDefinition } from './pages.ts';
import { tensorPage } from './tensor/tensorPage.ts';

/** The pages in tab order. The Plan page comes later and has no tab until then. */
export const PAGES: readonly PageDefinition[] = [modelPage, tensorPage, exportPage];
