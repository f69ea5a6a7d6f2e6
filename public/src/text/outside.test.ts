import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { roleTexts } from './roles';

/** Attributes whose text a person sees or hears. */
const SEEN =
  /^(?:aria-(?:label|description|valuetext|roledescription|placeholder)|title|placeholder|alt|label|helperText|submit|text|note|heading|empty|message|description|caption|summary|\w+Text)$/;
/** Signs that are the same in every language, and the product's name. */
const WORD = /\p{L}{2}/u;
const SAME_EVERYWHERE = new Set(['kB', 'MB', 'GB', 'Mortise']);

const SRC = join(__dirname, '..');
/** What plugins get from the SDK is seen as well; what they are tested with isn't. */
const SDK = join(__dirname, '../../sdk/src');
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.tsx?$/.test(f) && !/\.test\.|^text\/types\/|^testing[.-]/.test(f))
    .map((f) => join(folder, f));
const sources = [...filesOf(SRC), ...filesOf(SDK)].map((f) => relative(SRC, f));

const isWords = (text: string): boolean =>
  WORD.test(text) && !/^(?:\/|#[0-9a-f]{6}$)/.test(text) && !SAME_EVERYWHERE.has(text.trim());

/** Literals that an expression can come to, also out of a condition or a template. */
function literals(node: ts.Node): string[] {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.map((s) => s.literal.text)];
  if (ts.isConditionalExpression(node))
    return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  if (ts.isParenthesizedExpression(node)) return literals(node.expression);
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return literals(node.right);
    if (
      kind === ts.SyntaxKind.PlusToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken ||
      kind === ts.SyntaxKind.BarBarToken
    )
      return [...literals(node.left), ...literals(node.right)];
  }
  return [];
}

/** Words of an error that only its developer reads. */
const isForDevelopers = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
  /Error$|^DOMException$|^console\./.test(node.expression.getText());

/** A sentence is one wherever it stands: as an argument, as what a function answers. */
const SENTENCE = /^\p{Lu}\p{Ll}+ \p{Ll}/u;

/** What a file says that no catalogue has, with its line. */
function outside(name: string, source: string): string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const add = (node: ts.Node, texts: string[]) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    for (const text of texts.filter(isWords)) found.push(`${name}:${line + 1}: ${text.trim()}`);
  };
  const visit = (node: ts.Node): void => {
    // Commands to type are the same in every language.
    if (ts.isJsxElement(node) && node.openingElement.tagName.getText() === 'pre') return;
    if (isForDevelopers(node)) return;
    if (SENTENCE.test(literals(node)[0] ?? '') && !ts.isJsxAttribute(node.parent)) {
      add(node, literals(node));
      return;
    }
    if (ts.isJsxText(node)) add(node, [node.text]);
    // What stands between tags; what an attribute gets is judged by its name.
    else if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent))
      add(node, literals(node.expression));
    else if (ts.isJsxAttribute(node) && SEEN.test(node.name.getText()) && node.initializer)
      add(
        node,
        ts.isJsxExpression(node.initializer)
          ? node.initializer.expression
            ? literals(node.initializer.expression)
            : []
          : literals(node.initializer),
      );
    else if (
      ts.isPropertyAssignment(node) &&
      /^(?:['"]aria-label['"]|title|message|label|text|placeholder)$/.test(node.name.getText())
    )
      add(node, literals(node.initializer));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

it.each(sources)('%s says nothing that the catalogue doesn’t have', (file) => {
  expect(outside(file, readFileSync(join(SRC, file), 'utf8'))).toEqual([]);
});

it.each([
  ['between tags', '<p>Hello there</p>'],
  ['in an expression', '<p>{open ? "Open" : texts.closed}</p>'],
  ['in a template', '<p>{`${n} tickets`}</p>'],
  ['in a label', '<button aria-label="Close" />'],
  ['of a component', '<FormDialog submit="Invite" noOptionsText={texts.none} />'],
  ['in a title', '<span title={`Since ${day}`} />'],
  ['in a toast', 'toast({ title: "Saved", tone: "success" })'],
  ['that a function answers', 'const say = () => "No connection here"'],
  ['that a function gets', 'note("No connection here")'],
  ['in properties that are passed on', '<X slotProps={{ list: { "aria-label": "People" } }} />'],
])('text %s is found', (_, source) => {
  expect(outside('x.tsx', source)).toHaveLength(1);
});

it.each([
  '<p>{texts.people.title}</p>',
  '<p>{a} · {b} – 3</p>',
  '<div className="wide" role="list" />',
  'throw new Error("No connection here")',
])('%s has no text of its own', (source) => expect(outside('x.tsx', source)).toEqual([]));

it('permissions of the core have names in the catalogue', () => {
  const perm = readFileSync(join(SRC, '../../fcgi/base/perm.c'), 'utf8');
  const core = perm.slice(0, perm.indexOf('perm_services'));
  const names = [...core.matchAll(/^\t\{"(\w+:\w+(?::\w+)?)", (?:true|false)/gm)].map((m) => m[1]);
  expect(names.length).toBeGreaterThan(8);
  expect(Object.keys(roleTexts.permissions).sort()).toEqual(names.sort());
});
