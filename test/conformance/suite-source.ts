/**
 * The suite itself: Redis's own tests, of the version whose behaviour Sherd has, as Debian's source package carries
 * them. They are fetched with apt-get into a cache outside the repository, once; nothing of them is ours to keep in git.
 *
 * The sources of packages are looked for where the machine gets its packages: its own `deb` lines, made `deb-src` in a
 * scratch directory, so that the machine's settings stay as they are and no root is needed.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { run } from './child.js';
import { OtherVersion, SuiteMissing } from './conformance-error.js';
import { findExecutable } from './executables.js';

/** Redis's version that is the judge; another one would judge differently. */
export const REDIS_VERSION = '7.0.15';

/** What the suite expects to have been built beside it. */
const PROGRAMS = ['redis-server', 'redis-cli', 'redis-benchmark'];
const APT_SETTINGS = '/etc/apt';

/** Where the suite and redis-server's results are kept between runs. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(base, 'sherd', `redis-${REDIS_VERSION}`);
}

/**
 * The directory of the suite, fetched if it is not there yet, ready for `tclsh tests/test_helper.tcl`.
 * @throws SuiteMissing where it can't be run on this machine
 */
export async function prepareSuite(say: (line: string) => void): Promise<string> {
  for (const program of ['tclsh', ...PROGRAMS]) {
    if (findExecutable(program) === undefined) throw new SuiteMissing(`${program} is not installed`);
  }
  const directory = path.join(cacheDirectory(), 'suite');
  if (!existsSync(path.join(directory, 'tests/test_helper.tcl'))) {
    say(`fetching Redis ${REDIS_VERSION}'s test suite into ${directory}`);
    await fetchSuite(directory);
  }
  linkPrograms(directory);
  return directory;
}

async function fetchSuite(directory: string): Promise<void> {
  if (findExecutable('apt-get') === undefined) {
    throw new SuiteMissing('there is no apt-get here, and the suite comes as a Debian source package');
  }
  mkdirSync(path.dirname(directory), { recursive: true });
  const scratch = mkdtempSync(path.join(path.dirname(directory), 'fetch-'));
  try {
    const archive = await download(scratch);
    const unpacked = path.join(scratch, 'unpacked');
    mkdirSync(unpacked);
    await run('tar', ['-xzf', archive, '-C', unpacked, '--strip-components=1']);
    // In one step, so that a run beside this one finds all of it or nothing.
    if (!existsSync(directory)) renameSync(unpacked, directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Downloads the package's original archive, which apt-get has checked, and gives its path. */
async function download(scratch: string): Promise<string> {
  const lists = path.join(scratch, 'lists');
  const sources = path.join(scratch, 'sources.list.d');
  for (const directory of [lists, sources, path.join(scratch, 'cache')]) mkdirSync(directory);
  if (writeSourceLines(sources) === 0) throw new SuiteMissing(`there are no deb lines in ${APT_SETTINGS}`);
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': sources,
    'Dir::State::lists': lists,
    'Dir::Cache': path.join(scratch, 'cache'),
    'APT::Get::List-Cleanup': '0',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  try {
    await run('apt-get', [...options, '-qq', 'update']);
    const records = await run('apt-cache', [...options, 'showsrc', 'redis']);
    const versions = [...records.matchAll(/^Version: (\S+)$/gm)].map(([, version]) => version);
    const wanted = versions.find((version) => upstream(version) === REDIS_VERSION);
    if (wanted === undefined) throw otherVersion(versions.map(upstream));
    const arguments_ = [...options, '-qq', 'source', '--download-only', `redis=${wanted}`];
    await run('apt-get', arguments_, { cwd: scratch });
  } catch (error) {
    if (error instanceof SuiteMissing) throw error;
    throw new SuiteMissing(`the suite could not be fetched: ${(error as Error).message}`);
  }
  const archive = readdirSync(scratch).find((name) => /\.orig\.tar\.\w+$/.test(name));
  if (archive === undefined) throw new SuiteMissing('the source package has no original archive');
  return path.join(scratch, archive);
}

function otherVersion(found: readonly string[]): OtherVersion {
  const carried = found.length === 0 ? 'none' : [...new Set(found)].join(', ');
  return new OtherVersion(
    `THE SUITE IS NOT RUN: it takes Redis ${REDIS_VERSION}, and what this machine's Debian carries is ${carried}`,
  );
}

/** `5:7.0.15-1~deb12u10` is Debian's tenth edition of 7.0.15. */
function upstream(version: string): string {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** Copies the machine's package sources as sources of source packages; gives the number of files. */
function writeSourceLines(into: string): number {
  const parts = path.join(APT_SETTINGS, 'sources.list.d');
  const files = [path.join(APT_SETTINGS, 'sources.list')];
  if (existsSync(parts)) files.push(...readdirSync(parts).map((name) => path.join(parts, name)));
  let written = 0;
  for (const file of files.filter((one) => existsSync(one))) {
    const lines = debSourceLines(file, readFileSync(file, 'utf8'));
    if (lines.length === 0) continue;
    writeFileSync(path.join(into, path.basename(file)), `${lines.join('\n')}\n`);
    written++;
  }
  return written;
}

/** Lines for apt's file of the same name, of either of its two formats; none for a file that apt does not read. */
export function debSourceLines(file: string, text: string): string[] {
  const lines = text.split('\n');
  if (file.endsWith('.list')) {
    return lines.filter((line) => /^deb\s/.test(line)).map((line) => line.replace(/^deb/, 'deb-src'));
  }
  if (file.endsWith('.sources')) return lines.map((line) => line.replace(/^Types:.*$/i, 'Types: deb-src'));
  return [];
}

function linkPrograms(directory: string): void {
  for (const program of PROGRAMS) {
    const link = path.join(directory, 'src', program);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(findExecutable(program)!, link);
  }
}
