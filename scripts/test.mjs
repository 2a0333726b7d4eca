/**
 * `npm test`: sets up, builds what ships, runs the unit tests and guards, then the tests in the real workbench, and ends
 * with one line that sums them: `N passed, N failed, N skipped`. Exits non-zero when anything failed.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf, projectNode, root, setUp, withProjectNode } from './setup.mjs';

const RUNS = [
  { name: 'unit', projects: ['unit', 'guards'] },
  { name: 'workbench', projects: ['page', 'workbench'] },
];
const artifacts = join(root, 'test', 'artifacts');

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** Runs vitest on some of its projects and counts from its JSON report. @param {(typeof RUNS)[number]} run */
function runTests({ name, projects }) {
  const report = join(artifacts, `results-${name}.json`);
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const selected = projects.flatMap((project) => ['--project', project]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = exitCodeOf(projectNode, [vitest, 'run', ...selected, ...reporters], { env: withProjectNode() });
  return countsOf(report, code);
}

/**
 * A file that does not load has no tests to fail, and a run may die without a report: both count as one failure.
 * @param {string} report
 * @param {number} exitCode
 * @returns {Counts}
 */
function countsOf(report, exitCode) {
  /** @type {import('vitest/node').JsonTestResults} */
  let parsed;
  try {
    parsed = JSON.parse(readFileSync(report, 'utf8'));
  } catch (error) {
    console.error(`no test report: ${error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloaded = parsed.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = parsed.numFailedTests + unloaded.length;
  return {
    passed: parsed.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: parsed.numPendingTests + parsed.numTodoTests,
  };
}

setUp({ production: true });
mkdirSync(artifacts, { recursive: true });
const counts = RUNS.map(runTests);
/** @param {keyof Counts} key */
const sum = (key) => counts.reduce((total, each) => total + each[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
