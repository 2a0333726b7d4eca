import type { GpuPort } from '../../session/gpu/gpuPort.ts';

/** A page that is open: it may have a GPU. */
export interface GpuPage {
  /** A new worker of the page. */
  connect(): GpuPort;
}

/** Pages that are open now, on which sessions find a road to a GPU. */
export class GpuPages {
  private readonly pages = new Set<GpuPage>();

  /** @returns ends it */
  add(page: GpuPage): () => void {
    this.pages.add(page);
    return () => this.pages.delete(page);
  }

  /** A port to any of them; null: none is open. */
  connect(): GpuPort | null {
    const [page] = this.pages;
    return page?.connect() ?? null;
  }
}
