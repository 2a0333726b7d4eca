/** Runs inside desktop VS Code's extension host; CommonJS, because that is what it loads. */
const assert = require('node:assert/strict');
const path = require('node:path');
const vscode = require('vscode');

const EXTENSION_ID = 'tensor-loupe.tensor-loupe';
const VIEW_TYPE = 'tensorLoupe.checkpoint';

const tests = {
  'the extension activates': async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(extension, `${EXTENSION_ID} is installed`);
    await extension.activate();
    assert.equal(extension.isActive, true);
  },
  'every contributed command is registered': async () => {
    const { contributes } = vscode.extensions.getExtension(EXTENSION_ID).packageJSON;
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = contributes.commands.map((each) => each.command).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  },
  'a checkpoint opens in the custom editor': async () => {
    const folder = vscode.workspace.workspaceFolders[0].uri;
    const file = vscode.Uri.file(path.join(folder.fsPath, 'gpt2-shakespeare', 'model.safetensors'));
    await vscode.commands.executeCommand('vscode.open', file);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom, 'the active tab is a custom editor');
    assert.equal(input.viewType, VIEW_TYPE);
    assert.equal(input.uri.fsPath, file.fsPath);
  },
};

/** Called by VS Code; a rejection fails the run. */
exports.run = async function run() {
  let failed = 0;
  for (const [title, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok ${title}`);
    } catch (error) {
      failed++;
      console.error(`not ok ${title}\n${error.stack}`);
    }
  }
  console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed, 0 skipped`);
  if (failed > 0) throw new Error(`${failed} tests failed`);
};
