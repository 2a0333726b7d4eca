import type { HostEventKind, HostEvents, PageHandlers } from '../../protocol/page.ts';
import type { OpenCheckpoint } from '../sessions/openCheckpoint.ts';
import type { CheckpointDocument } from './checkpointDocument.ts';
import type { PageServices } from './pageServices.ts';

/** What the handlers of one page share. */
export interface PageContext {
  readonly document: CheckpointDocument;
  readonly services: PageServices;
  /** @throws Failure of the opening when the checkpoint could not be opened */
  checkpoint(): OpenCheckpoint;
  send<K extends HostEventKind>(event: K, body: HostEvents[K]): void;
  /** True while nobody sees the page: the end of a job is then told by a notification. */
  isHidden(): boolean;
}

/** A part of the page's handlers; together the parts cover every call (checked by the compiler in `pageHost.ts`). */
export type SomeHandlers<K extends keyof PageHandlers> = Pick<PageHandlers, K>;
