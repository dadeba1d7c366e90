/**
 * Sums up a test run from what tap wrote: node .ci/count-results.mjs RESULTS.tap STATUS FILE...
 *
 * Counts leaves: assertions, not the subtests around them, but for subtests that have none. A subtest or a file that
 * failed without any assertion within that did (it crashed, ran out of time, has no plan or another one, or no tests)
 * counts as one failure, and so does each FILE that never reported, and a command that failed (STATUS) without saying
 * where. What was skipped or is still to do counts as neither. Before that it tells what the tests remarked (seeds,
 * sizes) and what failed. The last line is `N passed, N failed`; the exit status is 0 only where nothing failed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Parser } from 'tap-parser';

const [resultsPath, statusText, ...files] = process.argv.slice(2);

const sum = { passed: 0, failed: 0 };
/** What failed and what was remarked, for the log. */
const failures = [];
const remarks = [];
/** Comments that tap makes itself. */
const OF_TAP = /^# (Subtest: |time=|test count|failed |No coverage|\{ total)/;

function fail(what) {
  sum.failed++;
  failures.push(what);
}

/**
 * Counts what a parser saw; `path` says where in the tree of subtests it is. A subtest's events stand before the
 * result that closes it.
 */
function count(events, path) {
  let closing = null;
  for (const [kind, event] of events) {
    if (kind === 'child') {
      if (closing !== null) fail(`${[...path, closing.name].join(' > ')}: broken off`);
      const name = event.find(([one, text]) => one === 'comment' && text.startsWith('# Subtest: '))?.[1];
      const before = { ...sum };
      count(event, [...path, name === undefined ? '?' : name.slice('# Subtest: '.length).trim()]);
      const failedWithin = sum.failed - before.failed;
      closing = { name, failedWithin, isEmpty: failedWithin === 0 && sum.passed === before.passed };
    } else if (kind === 'assert') {
      const where = [...path, event.name].join(' > ');
      if (/no tests found/.test(String(event.skip))) {
        fail(`${where}: no tests found`);
      } else if (closing !== null) {
        if (!event.ok && !event.todo && closing.failedWithin === 0) fail(`${where}: failed as a whole`);
        else if (closing.isEmpty && event.ok && !event.skip && !event.todo) sum.passed++;
      } else if (!event.skip && !event.todo) {
        if (event.ok) sum.passed++;
        else fail(where);
      }
      closing = null;
      if (path.length === 0) reported.add(event.name);
    } else if (kind === 'comment' && !OF_TAP.test(event)) {
      remarks.push(`${path.join(' > ')}: ${event.slice(2).trim()}`);
    } else if (kind === 'bailout') {
      fail(`${path.join(' > ')}: bailed out: ${event}`);
    }
  }
  if (closing !== null) fail(`${path.join(' > ')}: broken off`);
}

const reported = new Set();
if (existsSync(resultsPath)) {
  // tap writes no plan into this file: that it is whole shows by every file having reported, and by STATUS.
  count(Parser.parse(readFileSync(resultsPath, 'utf8')), []);
}
for (const file of files) {
  // Where nothing reported at all, the command itself is what failed.
  if (reported.size > 0 && !reported.has(file)) fail(`${file}: never reported`);
}
if (sum.failed === 0 && Number(statusText) !== 0) fail(`the test command ended with status ${statusText}`);
if (sum.failed === 0 && sum.passed === 0) fail('nothing was tested');

for (const remark of remarks) console.log(remark);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
