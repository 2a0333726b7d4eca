import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBrowser } from '../../../workbench/support/browser.ts';

/**
 * The environment in which Dawn finds Chromium's own Vulkan loader and software driver; ours where there is no Chromium.
 * @param folder where the description of the driver is written
 */
export function softwareAdapter(folder: string): NodeJS.ProcessEnv {
  const browser = findBrowser();
  const candidates = ['/usr/lib/chromium', ...(browser === undefined ? [] : [dirname(browser)])];
  const chromium = candidates.find((each) => existsSync(join(each, 'vk_swiftshader_icd.json')));
  if (chromium === undefined) return process.env;
  const driver = JSON.parse(readFileSync(join(chromium, 'vk_swiftshader_icd.json'), 'utf8')) as {
    ICD: { library_path: string };
  };
  driver.ICD.library_path = join(chromium, driver.ICD.library_path);
  const path = join(folder, 'icd.json');
  writeFileSync(path, JSON.stringify(driver));
  return { ...process.env, LD_LIBRARY_PATH: chromium, VK_DRIVER_FILES: path, XDG_RUNTIME_DIR: folder };
}
