/** Sherd's own version, from package.json, which lies beside dist/ both in the repository and in the package. */
import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const version: string = String((manifest as { version?: unknown }).version);
