import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { LANGUAGE_KEYS, setLanguage, texts } from '../text';
import { accountTexts } from './account';
import { auditTexts } from './audit';
import { dashboardTexts } from './dashboard';
import { webhookTexts } from './webhooks';
import { formTexts } from './forms';
import { inboxTexts } from './inbox';
import { manageTexts } from './manage';
import { menuTexts } from './menu';
import { notifyTexts } from './notify';
import { pluginTexts } from './plugins';
import { paletteTexts } from './palette';
import { placeTexts } from './places';
import { reportTexts } from './reports';
import { companyTexts } from './company';
import { fieldTexts } from './fields';
import { keyTexts } from './keys';
import { kitTexts } from './kit';
import { roleTexts } from './roles';
import { systemTexts } from './system';
import { ticketTexts } from './tickets';
import { tokenTexts } from './tokens';
import { readMessages, typesOf, valuesOf, type Messages } from '../../scripts/texts';

const partsOf = (language: string) =>
  readdirSync(`${__dirname}/${language}`).map((file) => file.replace(/\.json$/, ''));

/** Each message's name with what its values are. */
function shapeOf(messages: Messages, path = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(messages).map(([name, node]) =>
      typeof node === 'string'
        ? { [path + name]: [...valuesOf(node)].map(String).sort().join(' ') }
        : shapeOf(node, `${path}${name}.`),
    ),
  ) as Record<string, string>;
}

/** What a message says of these values, as the app has it. */
function sayAll(messages: Messages, said: object, n: number): string[] {
  return Object.entries(messages).flatMap(([name, node]) => {
    const one = (said as Record<string, unknown>)[name];
    if (typeof node !== 'string') return sayAll(node, one as object, n);
    const values = [...valuesOf(node)].map(([v, type]) => [v, type === 'string' ? 'x' : n]);
    if (typeof one === 'string') return values.length ? [`${name}: ${one}`] : [];
    const text = (one as (v: object) => unknown)(Object.fromEntries(values));
    return typeof text === 'string' && text && !/undefined|NaN/.test(text)
      ? []
      : [`${name}: ${text}`];
  });
}

describe.each(LANGUAGE_KEYS)('each message of the language %s', (language) => {
  it.each([0, 1, 2, 1234567])('says something of %d', async (n) => {
    await setLanguage(language);
    const found: Record<string, object> = {
      account: accountTexts,
      audit: auditTexts,
      core: texts,
      dashboard: dashboardTexts,
      webhooks: webhookTexts,
      forms: formTexts,
      inbox: inboxTexts,
      manage: manageTexts,
      menu: menuTexts,
      notify: notifyTexts,
      palette: paletteTexts,
      places: placeTexts,
      plugins: pluginTexts,
      reports: reportTexts,
      company: companyTexts,
      fields: fieldTexts,
      keys: keyTexts,
      kit: kitTexts,
      roles: roleTexts,
      system: systemTexts,
      tickets: ticketTexts,
      tokens: tokenTexts,
    };
    expect(Object.keys(found).sort()).toEqual(partsOf('en').sort());
    for (const [part, of] of Object.entries(found))
      expect(sayAll(readMessages(language, part), of, n)).toEqual([]);
  });
});

describe.each(partsOf('en'))('texts of %s', (part) => {
  it('are the same messages with the same values in German', () => {
    expect(shapeOf(readMessages('de', part))).toEqual(shapeOf(readMessages('en', part)));
  });
  it('have their types in text/types, by `npm run texts`', async () => {
    const types = await format(typesOf(readMessages('en', part)), {
      parser: 'typescript',
      printWidth: 100,
      singleQuote: true,
    });
    await expect(types).toMatchFileSnapshot(`types/${part}.ts`);
  });
});

/** What the mortise command says, and what a server that doesn't start writes into its log. */
const TERMINAL =
  /^fcgi\/(?:(?:cli|cmd|guest)\/|base\/conf\.c|relay\/(?:mail_text|pub)\.c|auth\/(?:app|ring)\.c|crypt\/(?:minisign_make|seal)\.c)/;

describe('the server’s words in German', () => {
  const german = readMessages('de', 'server') as Record<string, string>;
  const words = JSON.parse(
    execFileSync('scripts/messages', { cwd: join(__dirname, '../../..'), encoding: 'utf8' }),
  ) as { key: string; at: string[] }[];
  it('are of messages that the server has', () => {
    const known = new Set(words.map((m) => m.key));
    expect(Object.keys(german).filter((key) => !known.has(key))).toEqual([]);
  });
  it('are there for each that a browser may get', () => {
    const missing = words.filter(
      (m) => !(m.key in german) && !m.at.every((at) => TERMINAL.test(at)),
    );
    expect(missing.map((m) => `${m.at[0]}: ${m.key}`)).toEqual([]);
  });
  it('stand once, as JSON takes the last of two', () => {
    const file = readFileSync(join(__dirname, 'de/server.json'), 'utf8');
    expect(file.match(/^ {2}"/gm)).toHaveLength(Object.keys(german).length);
  });
  it('have the same values', () => {
    const places = (text: string) => [...new Set(text.match(/\{\d\}/g))].sort().join();
    for (const [key, text] of Object.entries(german)) expect(places(text), key).toBe(places(key));
  });
});
