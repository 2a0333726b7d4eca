import type { JsonObject, Model } from '../model/model.ts';
import { JsonFault, type JsonNode, parsePositionedJson } from '../recipes/positionedJson.ts';

/**
 * The text of a saved config.json: the members that changed in their places, new ones at the end, all else as it stands
 * in the source's. Numbers such as `10000.0` would lose their point on the way through `JSON.stringify`, and strict
 * loaders tell a float from an integer.
 * @param saved what `PackedFormat.config` gave.
 * @param floatKeys `PackedFormat.floatKeys`
 */
export function savedConfigText(
  { config, configText }: Pick<Model, 'config' | 'configText'>,
  saved: JsonObject,
  floatKeys: readonly string[] = [],
): string {
  const members = config === null || configText === null ? [] : membersOf(configText);
  const kept = members.filter(({ key }) => key in saved);
  const keys = new Set(members.map(({ key }) => key));
  const added = Object.keys(saved).filter((key) => !keys.has(key));
  const lines = [
    ...kept.map(({ key, text }) => {
      const isSame = JSON.stringify(config?.[key]) === JSON.stringify(saved[key]);
      return memberText(key, isSame ? text : valueText(saved[key] ?? null, floatKeys));
    }),
    ...added.map((key) => memberText(key, valueText(saved[key] ?? null, floatKeys))),
  ];
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Members of the outermost object with the text of their values; none where a key stands twice, which JSON.parse allows. */
function membersOf(configText: string): readonly { readonly key: string; readonly text: string }[] {
  const root = rootOf(configText);
  if (root?.kind !== 'object') return [];
  return root.members.map(({ key, value }) => ({ key, text: configText.slice(value.start, value.end) }));
}

function rootOf(configText: string): JsonNode | null {
  try {
    return parsePositionedJson(configText, { pythonNumbers: true });
  } catch (error) {
    if (error instanceof JsonFault) return null;
    throw error;
  }
}

function memberText(key: string, value: string): string {
  return `  ${JSON.stringify(key)}: ${value}`;
}

/** Indented as a member of the outermost object. */
function valueText(value: JsonObject[string], floatKeys: readonly string[]): string {
  const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
  // At the start of a line, where no text of a string can stand.
  return floatKeys.reduce((all, key) => all.replace(new RegExp(`(\\n *"${key}": -?\\d+)(?=,?\\n)`), '$1.0'), text);
}
