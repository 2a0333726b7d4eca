/** A compiled pattern over tensor names. */
export interface Glob {
  readonly pattern: string;
  /** False where the pattern holds no `*`, `?` or `{a,b}`: it names one tensor. */
  readonly hasWildcards: boolean;
  /** True where the pattern covers the whole name, or a suffix of it after a dot. */
  matches(name: string): boolean;
}

/** More alternatives than anyone writes; a pattern like `{a,b}{a,b}…` could ask for billions. */
const MOST_ALTERNATIVES = 1024;

/**
 * Compiles a pattern: `*` stands for any characters, dots too, `?` for one character, `{a,b}` for one of the
 * alternatives (which may hold patterns); all else is literal, an unmatched brace too.
 * @throws RangeError when the braces ask for more than 1,024 alternatives
 */
export function compileGlob(pattern: string): Glob {
  const alternatives = expandBraces(pattern);
  const hasWildcards = alternatives.length > 1 || /[*?]/.test(pattern) || alternatives[0] !== pattern;
  return {
    pattern,
    hasWildcards,
    matches: (name) => alternatives.some((alternative) => matchesNameOrSuffix(alternative, name)),
  };
}

/** The alternatives of all braces written out. */
function expandBraces(pattern: string): readonly string[] {
  const braces = findBraces(pattern);
  if (braces === null) return [pattern];
  const tails = expandBraces(pattern.slice(braces.end));
  const expanded: string[] = [];
  for (const choice of braces.choices.flatMap(expandBraces)) {
    for (const tail of tails) {
      expanded.push(pattern.slice(0, braces.start) + choice + tail);
      if (expanded.length > MOST_ALTERNATIVES) {
        throw new RangeError(`${pattern} has more than ${MOST_ALTERNATIVES} alternatives`);
      }
    }
  }
  return expanded;
}

interface Braces {
  readonly start: number;
  /** After the closing brace. */
  readonly end: number;
  readonly choices: readonly string[];
}

/** The first pair of braces that hold a comma of their own; braces without one are literal. */
function findBraces(pattern: string): Braces | null {
  for (let start = pattern.indexOf('{'); start >= 0; start = pattern.indexOf('{', start + 1)) {
    let depth = 0;
    const choices: string[] = [];
    let choiceStart = start + 1;
    for (let i = start; i < pattern.length; i++) {
      const character = pattern[i];
      if (character === '{') depth += 1;
      else if (character === ',' && depth === 1) {
        choices.push(pattern.slice(choiceStart, i));
        choiceStart = i + 1;
      } else if (character === '}' && --depth === 0) {
        if (choices.length > 0) return { start, end: i + 1, choices: [...choices, pattern.slice(choiceStart, i)] };
        break;
      }
    }
  }
  return null;
}

function matchesNameOrSuffix(pattern: string, name: string): boolean {
  if (matchesFrom(pattern, name, 0)) return true;
  // A leading star has tried every suffix already.
  if (pattern.startsWith('*')) return false;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (matchesFrom(pattern, name, dot + 1)) return true;
  }
  return false;
}

/** Wildcard match of `name` from `start` on, with one point to go back to: linear for literals, never exponential. */
function matchesFrom(pattern: string, name: string, start: number): boolean {
  let p = 0;
  let n = start;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    const character = pattern[p];
    if (character === '*') {
      star = p++;
      starName = n;
    } else if (p < pattern.length && (character === '?' || character === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++starName;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
