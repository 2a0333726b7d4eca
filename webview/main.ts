import './page.css';
import { relayGpu } from './gpu/gpuRelay.ts';
import { createHost, type VsCodeApi } from './host.ts';
import { PAGES } from './pageList.ts';
import { startPage } from './start.ts';
import { registerToolkit } from './toolkit.ts';

declare function acquireVsCodeApi(): VsCodeApi;

registerToolkit();
const host = createHost(acquireVsCodeApi());
relayGpu(host);
void startPage(document.getElementById('page') ?? document.body, host, PAGES);
