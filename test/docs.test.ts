/** Documentation that is made from declarations is what they say now; `npm run docs` makes it anew. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { generatedDocs } from '../src/docs.js';

t.test('generated documentation is up to date', async (t) => {
  const root = new URL('../', import.meta.url);
  for (const [path, content] of generatedDocs(root)) {
    t.equal(readFileSync(new URL(path, root), 'utf8'), content, path);
  }
});
