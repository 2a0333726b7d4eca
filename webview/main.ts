import './page.css';
import { createHost, type VsCodeApi } from './host.ts';
import { PAGES } from './pageList.ts';
import { startPage } from './start.ts';
import { registerToolkit } from './toolkit.ts';

declare function acquireVsCodeApi(): VsCodeApi;

registerToolkit();
void startPage(document.getElementById('page') ?? document.body, createHost(acquireVsCodeApi()), PAGES);
