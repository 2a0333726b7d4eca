export type Theme = 'dark' | 'light' | 'high-contrast' | 'high-contrast-light';

const THEME_IDS: Record<Theme, string> = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
};

/** The settings that make the workbench wear a theme. */
export function themeSettings(theme: Theme): Record<string, unknown> {
  return { 'workbench.colorTheme': THEME_IDS[theme] };
}

/** User settings that keep the workbench to its subject: no welcome page, no chat, no network, one look everywhere. */
export function userSettings(theme: Theme): Record<string, unknown> {
  return {
    ...themeSettings(theme),
    'workbench.reduceMotion': 'on',
    'files.exclude': { '**/.vscode': true },
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.editor.empty.hint': 'hidden',
    'window.autoDetectColorScheme': false,
    'window.commandCenter': false,
    'chat.commandCenter.enabled': false,
    'chat.disableAIFeatures': true,
    'security.workspace.trust.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'extensions.autoCheckUpdates': false,
    'extensions.autoUpdate': false,
    'extensions.ignoreRecommendations': true,
    'explorer.compactFolders': false,
    'files.simpleDialog.enable': true,
    'git.enabled': false,
    'npm.fetchOnlinePackageInfo': false,
    'json.schemaDownload.enable': false,
    'typescript.disableAutomaticTypeAcquisition': true,
  };
}
