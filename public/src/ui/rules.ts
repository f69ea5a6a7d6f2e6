/** Checks what is about to be sent by the rules that the server has for it. The server has the last word. */
import type { Rule, Rules } from '../api/rules';
import { fieldTexts } from '../text/fields';

/** A pattern that this browser can't read is the server's to judge. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return true;
  }
}

const URL_TEXT = /^https?:\/\/[^\s/?#:@"<>\\][^\s"<>\\]*$/;
const EMAIL_TEXT = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\".][^\s@,;:<>()[\]\\"]*$/;

function textFault(rule: Rule, text: string): string | null {
  const { min = 0, max = Infinity } = rule;
  const length = [...text].length;
  if (min > 0 && !text.trim()) return fieldTexts.needed;
  if (rule.type === 'url' && !URL_TEXT.test(text)) return fieldTexts.notUrl;
  if (rule.type === 'email' && !EMAIL_TEXT.test(text)) return fieldTexts.notEmail;
  if (length < min) return fieldTexts.lengthLeast({ n: min });
  if (length > max) return fieldTexts.lengthMost({ n: max });
  if (rule.pattern && !matches(rule.pattern, text)) return rule.patternHelp ?? fieldTexts.noMatch;
  return rule.type === 'enum' && !rule.oneOf?.includes(text) ? fieldTexts.notListed : null;
}

function numberFault({ min = -Infinity, max = Infinity }: Rule, n: number): string | null {
  if (n < min) return fieldTexts.atLeast({ n: min });
  return n > max ? fieldTexts.atMost({ n: max }) : null;
}

/** Ids are chosen from a list, as the values of an enum are. */
const neededOf = ({ type }: Rule): string =>
  type === 'uuid' || type === 'enum' ? fieldTexts.notListed : fieldTexts.needed;

/** What is wrong with a value. What isn't sent is undefined; null takes away what is there. */
export function faultOf(rule: Rule, value: unknown): string | null {
  if (value === undefined || value === null) return rule.required ? neededOf(rule) : null;
  if (Array.isArray(value)) return value.length < (rule.min ?? 0) ? fieldTexts.chooseOne : null;
  if (rule.type === 'integer' || rule.type === 'decimal')
    return typeof value === 'number' ? numberFault(rule, value) : fieldTexts.notNumber;
  return typeof value === 'string' ? textFault(rule, value) : null;
}

/** By field, in the order of the rules. */
export function faultsOf(rules: Rules, body: Readonly<Record<string, unknown>>) {
  const faults: Record<string, string> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const fault = faultOf(rule, body[name]);
    if (fault) faults[name] = fault;
  }
  return faults;
}
