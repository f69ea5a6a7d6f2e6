/** KIT.md is made of the types of @mortise/ui and of useTexts(): `npm run docs` writes it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import ts from 'typescript';
import { expect, it } from 'vitest';

const SRC = join(__dirname, '../src');
const FILES = ['kit-types.d.ts', 'texts.ts'];

interface Part {
  name: string;
  text: string;
  example: string | undefined;
  /** As the source has it, without a body. */
  source: string;
  isType: boolean;
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);

function partsOf(file: string): Part[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((node): Part[] => {
    const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (!isExported(node) || !(isType || ts.isFunctionDeclaration(node))) return [];
    const doc = ts.getJSDocCommentsAndTags(node).find((d) => ts.isJSDoc(d));
    const tag = doc?.tags?.find((t) => t.tagName.text === 'example');
    const end = ts.isFunctionDeclaration(node) && node.body ? node.body.getStart() : node.getEnd();
    return [
      {
        name: node.name?.text ?? '',
        text: ts.getTextOfJSDocComment(doc?.comment)?.replace(/\s+/g, ' ').trim() ?? '',
        example: tag && ts.getTextOfJSDocComment(tag.comment)?.trim(),
        source: text.slice(node.getStart(), end).trim(),
        isType,
      },
    ];
  });
}

const parts = FILES.flatMap(partsOf);

it.each(parts.filter((p) => !p.isType))('$name is described, with an example', (part) => {
  expect(part.text).toMatch(/\.$/);
  expect(part.example).toContain(part.name);
});

it('@mortise/ui hands on what is described, and nothing else', () => {
  const kit = readFileSync(join(SRC, 'kit.ts'), 'utf8');
  const handed = /export const \{([^}]*)\}/.exec(kit)![1]!.match(/\w+/g)!;
  const described = partsOf('kit-types.d.ts').filter((p) => !p.isType);
  expect(handed.sort()).toEqual(described.map((p) => p.name).sort());
});

it('KIT.md says what the types say, by `npm run docs`', async () => {
  const one = (p: Part) =>
    [
      `## ${p.name}`,
      p.text,
      p.example && `\`\`\`tsx\n${p.example}\n\`\`\``,
      `\`\`\`ts\n${p.source}\n\`\`\``,
    ]
      .filter(Boolean)
      .join('\n\n');
  const page = [
    '# @mortise/ui',
    'Made by `npm run docs` out of `src/kit-types.d.ts` and `src/texts.ts`: don’t edit it.',
    'Parts of the app for the components of plugins. They come with the page, not with a bundle: `import { DataTable } from ' +
      "'@mortise/ui'`. `t` below is what `useTexts()` of @mortise/sdk returns.",
    ...parts.filter((p) => !p.isType).map(one),
    '# Types',
    ...parts.filter((p) => p.isType).map(one),
  ].join('\n\n');
  const made = await format(page, { parser: 'markdown', printWidth: 100, singleQuote: true });
  await expect(made).toMatchFileSnapshot('../KIT.md');
});
