const vscode = require('vscode');

/** Opens the file that the environment of the server names. */
exports.activate = async function activate() {
  const file = process.env.TENSOR_LOUPE_OPEN;
  if (file) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
};
