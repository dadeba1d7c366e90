/** Conventions of the house as tests: import direction, no stray clock or chance, no `any`, headers, names. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';
import { declarations } from '../src/commands/table.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** DESIGN's layout: a folder imports only from those above it. What lies in src/ itself puts them together. */
const LAYERS = [
  'protocol',
  'config',
  'datatypes',
  'rdb',
  'keyspace',
  'commands',
  'persistence',
  'shard',
  'router',
  'connection',
  '',
];
/** Where time and chance come from outside, and nothing waits but a doorbell. */
const TIMELESS = ['keyspace', 'commands', 'shard', 'datatypes'];

interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

function sources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => join(folder, path))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
    });
}

const src = sources('src');
const ours = [...src, ...sources('workers'), ...sources('bench'), ...sources('test')];

function visit({ tree }: SourceFile, look: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    look(node);
    ts.forEachChild(node, walk);
  };
  walk(tree);
}

/** `path:line: text` of the node. */
function place({ path, tree }: SourceFile, node: ts.Node): string {
  const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
  return `${path}:${line + 1}: ${node.getText(tree).slice(0, 80)}`;
}

/** Every place in the files that `isFound`. */
function places(
  files: readonly SourceFile[],
  isFound: (node: ts.Node, file: SourceFile) => boolean,
): string[] {
  const found: string[] = [];
  for (const file of files) visit(file, (node) => isFound(node, file) && found.push(place(file, node)));
  return found;
}

/** The folder of src/ that a path from the root lies in; '' for src/ itself. */
function layerOf(path: string): string {
  const [, folder, ...rest] = path.split('/');
  return rest.length === 0 ? '' : folder;
}

function isImport(node: ts.Node): node is ts.ImportDeclaration | ts.ExportDeclaration {
  return (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined;
}

function importedPath(
  node: ts.ImportDeclaration | ts.ExportDeclaration,
  { path }: SourceFile,
): string | undefined {
  const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
  return specifier.startsWith('.') ? relative('.', join(dirname(path), specifier)) : undefined;
}

t.test('a folder of src/ imports only from folders above it, types too', async (t) => {
  const unknown = src.map(({ path }) => layerOf(path)).filter((layer) => !LAYERS.includes(layer));
  t.same(unknown, [], 'every folder has its place');
  const upward = places(src, (node, file) => {
    if (!isImport(node)) return false;
    const target = importedPath(node, file);
    if (target === undefined) return false;
    return LAYERS.indexOf(layerOf(target)) > LAYERS.indexOf(layerOf(file.path)) || !target.startsWith('src/');
  });
  t.same(upward, []);
});

t.test('layers keep their word', async (t) => {
  const importing = (folder: string, wanted: RegExp): string[] =>
    places(
      src.filter(({ path }) => layerOf(path) === folder),
      (node) => isImport(node) && wanted.test((node.moduleSpecifier as ts.StringLiteral).text),
    );
  for (const folder of ['config', 'protocol', 'datatypes', 'keyspace', 'commands', 'shard']) {
    t.same(
      importing(folder, /^node:(net|worker_threads|http|tls)$/),
      [],
      `${folder} knows no socket and no thread`,
    );
  }
  t.same(importing('router', /^node:net$/), [], 'the router knows no socket');
  const entries = sources('workers');
  t.ok(
    entries.every(({ text }) => text.split('\n').length <= 60),
    'entries of threads are short',
  );
});

/** `a.b` of the node, where it is that. */
function property(node: ts.Node): string {
  if (!ts.isPropertyAccessExpression(node)) return '';
  return `${node.expression.getText()}.${node.name.text}`;
}

t.test('keyspace, commands, shard and datatypes are given time and chance, and never wait', async (t) => {
  const stray = new Set([
    'Date.now',
    'Math.random',
    'performance.now',
    'process.hrtime',
    'performance.timeOrigin',
  ]);
  const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);
  const found = places(
    src.filter(({ path }) => TIMELESS.includes(layerOf(path))),
    (node) =>
      stray.has(property(node)) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Date') ||
      (ts.isCallExpression(node) && timers.has(node.expression.getText())),
  );
  t.same(found, []);
  const waits = places(src, (node) => property(node) === 'Atomics.wait');
  // The doorbell, and DEBUG SLEEP, which is to stop everything.
  const allowed = ['src/server.ts', 'src/shard/doorbell.ts'];
  t.same(
    waits.map((place) => place.split(':')[0]),
    allowed,
  );
});

t.test('no `any`, and no way around the type checker', async (t) => {
  t.same(
    places(ours, (node) => node.kind === ts.SyntaxKind.AnyKeyword),
    [],
  );
  const silenced = ours.filter(({ text }) => /\/[/*]\s*@ts-(ignore|nocheck|expect-error)/.test(text));
  t.same(
    silenced.map(({ path }) => path),
    [],
  );
});

t.test('every file says in its header what it is', async (t) => {
  const without = ours.filter(({ text }) => !text.replace(/^#!.*\n/, '').startsWith('/**'));
  t.same(
    without.map(({ path }) => path),
    [],
  );
});

t.test('files have names in kebab-case', async (t) => {
  const odd = ours.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test)?\.(ts|mjs)$/.test(path));
  t.same(
    odd.map(({ path }) => path),
    [],
  );
});

t.test('nothing outside src/commands compares the name of a command', async (t) => {
  const names = new Set(
    declarations.flatMap(({ name, subcommands = [] }) => [
      name,
      ...subcommands.map((sub) => `${name}|${sub.name}`),
    ]),
  );
  const comparisons = new Set([
    ts.SyntaxKind.EqualsEqualsToken,
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ]);
  const comparing = new Set(['is', 'equalsIgnoringCase', 'find', 'lookup']);
  const isName = (node: ts.Node): boolean =>
    ts.isStringLiteralLike(node) && names.has(node.text.toLowerCase());
  const found = places(
    src.filter(({ path }) => !['commands', 'config'].includes(layerOf(path))),
    (node) => {
      if (ts.isBinaryExpression(node)) {
        // `typeof x === 'function'` is about no command.
        if (ts.isTypeOfExpression(node.left)) return false;
        return comparisons.has(node.operatorToken.kind) && (isName(node.left) || isName(node.right));
      }
      if (ts.isCaseClause(node)) return isName(node.expression);
      if (!ts.isCallExpression(node)) return false;
      const called = ts.isPropertyAccessExpression(node.expression)
        ? node.expression.name.text
        : node.expression.getText();
      return comparing.has(called) && node.arguments.some(isName);
    },
  );
  t.same(found, []);
});
