// The worked cases of the rules, one per line.
import { readFileSync } from 'node:fs';

export const root = new URL('../../', import.meta.url);

export const vectors = readFileSync(new URL('tests/vectors/rules.jsonl', root), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));

if (vectors.length !== 1023) throw new Error(`rules.jsonl holds ${vectors.length} cases, not the pinned 1023`);
