/**
 * Texts are ICU messages in src/text/<language>/<part>.json. The build makes functions of them, so that no
 * page loads a parser: `import('texts:de/core')` is a module whose default export takes what messages call
 * (src/text.ts has it) and returns the texts. A message without values is a string.
 */
import { readFileSync } from 'node:fs';
import MessageFormat from '@messageformat/core';
import compileModule from '@messageformat/core/compile-module.js';
import { parse, type Token } from '@messageformat/parser';
import type { Plugin } from 'vite';

export type Messages = { [name: string]: string | Messages };

const PREFIX = 'texts:';
const OPTIONS = { strict: true } as const;

export const fileOf = (language: string, part: string) =>
  new URL(`../src/text/${language}/${part}.json`, import.meta.url).pathname;

export const readMessages = (language: string, part: string) =>
  JSON.parse(readFileSync(fileOf(language, part), 'utf8')) as Messages;

/** The values that a message wants. Dates come as text: `formatDate()` knows the person's locale. */
export function valuesOf(message: string): Map<string, 'number' | 'string' | 'string | number'> {
  const found: ReturnType<typeof valuesOf> = new Map();
  const walk = (tokens: Token[]) => {
    for (const token of tokens) {
      if (token.type === 'content' || token.type === 'octothorpe') continue;
      if (token.type === 'function' && token.key !== 'number')
        throw new Error(`{${token.arg}, ${token.key}} isn't served: give it as text`);
      if (token.type === 'select') found.set(token.arg, 'string');
      else if (token.type !== 'argument') found.set(token.arg, 'number');
      else if (!found.has(token.arg)) found.set(token.arg, 'string | number');
      if ('cases' in token) token.cases.forEach((c) => walk(c.tokens));
    }
  };
  walk(parse(message, OPTIONS));
  return found;
}

/** The source of a module. What the library's module would import is an argument here. */
export function compile(language: string, messages: Messages): string {
  const source = compileModule(new MessageFormat(language, OPTIONS), messages);
  const calls = new Set<string>();
  const body = source
    .replace(/^import \{ (.*) \} from .*$/gm, (_, names: string) => {
      names.split(', ').forEach((name) => calls.add(name));
      return '';
    })
    .replace(/\(\) => (?="(?:[^"\\]|\\.)*",?$)/gm, '')
    .replace('export default {', 'return {');
  return `export default ({ ${[...calls].join(', ')} }) => {\n${body}\n};\n`;
}

const quoted = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function typeOf(node: string | Messages): string {
  if (typeof node !== 'string')
    return `{${Object.entries(node)
      .map(([name, child]) => `${quoted(name)}: ${typeOf(child)};`)
      .join('\n')}}`;
  const values = [...valuesOf(node)].map(([name, type]) => `${quoted(name)}: ${type}`);
  return values.length ? `(values: { ${values.join('; ')} }) => string` : 'string';
}

/** The type of a part's texts, as TypeScript that isn't formatted yet. */
export const typesOf = (messages: Messages): string =>
  `/** Made by \`npm run texts\` out of the English messages. */\nexport type Texts = ${typeOf(messages)};\n`;

export function texts(): Plugin {
  return {
    name: 'texts',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const [language = '', part = ''] = id.slice(PREFIX.length + 1).split('/');
      this.addWatchFile(fileOf(language, part));
      return compile(language, readMessages(language, part));
    },
  };
}
