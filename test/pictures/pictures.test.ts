import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { Workbench } from '../workbench/support/workbench.ts';

/** Takes the pictures of the documentation and of the walkthrough in the real workbench: `npm run pictures`. */

const LLAMA = 'llama-shakespeare';
const LLAMA_SHARD = `${LLAMA}/model-00001-of-00003.safetensors`;
const GPT2 = 'gpt2-shakespeare/model.safetensors';
const TENSOR = 'transformer.h.0.attn.c_attn.weight';
/** A save and its verification on a busy machine. */
const SAVE_PATIENCE_MS = 60_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const WINDOW = { width: 1360, height: 850 };
const images = join('docs', 'images');
const walkthrough = join('media', 'walkthrough');

let workbench: Workbench;
beforeAll(async () => {
  workbench = await Workbench.open({ viewport: WINDOW, settings: { 'window.title': 'Tensor Loupe' } });
});
afterAll(() => workbench?.close());
beforeEach(() => workbench.closeEditors());

/** A part of the window in CSS pixels. */
interface Clip {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function takePicture(folder: string, name: string, clip?: Clip): Promise<void> {
  const path = join(root, folder, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  // Away from everything that shows a card or a tooltip, then until the last frame is drawn.
  await workbench.page.mouse.move(2, 2);
  await workbench.page.waitForTimeout(600);
  await workbench.page.screenshot({ path, ...(clip ? { clip } : {}) });
}

/** The extension's page in the window. */
async function pageClip(): Promise<Clip> {
  const box = await workbench.page.locator('iframe.webview.ready').filter({ visible: true }).first().boundingBox();
  if (!box) throw new Error('no page of the extension is visible');
  return box;
}

async function openMeasured(file: string): Promise<void> {
  await workbench.explorer.doubleClick(file);
  await workbench.editor.getByRole('tab', { name: 'Model' }).click();
  await workbench.editor.getByText(/Figures exact/).waitFor();
  await workbench.editor
    .getByText(/complete/)
    .first()
    .waitFor();
}

async function openTensorPage(): Promise<void> {
  await openMeasured(GPT2);
  await workbench.runCommand('Tensor Loupe: Go to Tensor...');
  await workbench.fillQuickInput(TENSOR);
  await workbench.pick(TENSOR);
  await workbench.editor.getByRole('tab', { name: 'Tensor', selected: true }).waitFor();
  await workbench.editor.getByText(/Figures exact/).waitFor();
  await workbench.runCommand('Tensor Loupe: Compare Quantizers');
  await workbench.editor.getByText('Pareto front').first().waitFor();
}

/** The page alone in a narrow window: the walkthrough shows its pictures some 460 pixels wide. */
async function takeWalkthroughPicture(name: string, height: number): Promise<void> {
  const { page } = workbench;
  await workbench.runCommand('View: Close Primary Side Bar');
  await page.setViewportSize({ width: 720, height });
  await page.waitForTimeout(500);
  await takePicture(walkthrough, name, await pageClip());
  await page.setViewportSize(WINDOW);
  await workbench.explorer.show();
}

test('the Model page', async () => {
  await openMeasured(GPT2);
  await takePicture(images, 'model');
  await takeWalkthroughPicture('open', 760);
});

test('the Tensor page', async () => {
  await openTensorPage();
  await takePicture(images, 'tensor');
  await takeWalkthroughPicture('compare', 900);
});

test('the Export page after a verified save', async () => {
  await openMeasured(LLAMA_SHARD);
  await takeWalkthroughPicture('quantize', 760);
  await workbench.explorer.chooseInContextMenu(LLAMA_SHARD, 'Export Packed Model...');
  const { editor } = workbench;
  await editor.getByRole('radio', { name: /compressed-tensors/ }).waitFor();
  const destination = editor.getByRole('textbox', { name: 'Destination' });
  await destination.fill(join(workbench.workspace, 'llama-packed'));
  await destination.press('Enter');
  const start = editor.getByRole('button', { name: /^Export \d+ Files$/ });
  await start.and(editor.locator(':enabled')).waitFor();
  await destination.blur();
  await takeWalkthroughPicture('export', 900);
  await start.click();
  await editor.getByText(/and verified them/).waitFor({ timeout: SAVE_PATIENCE_MS });
  await takePicture(images, 'export');
});
