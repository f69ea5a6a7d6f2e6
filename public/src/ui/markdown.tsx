/**
 * Markdown as elements: of readmes, and of what people write. Only the lexer of `marked` is used: its tokens become React elements of a fixed
 * set, so no HTML of an author ever reaches the page. Raw HTML in a text is shown as it is written;
 * images are named, not fetched; links lead out in a new tab, to http, https and mail addresses alone. A link to
 * mention:<id of a person> is that person's name.
 */
import { Lexer, type Token, type Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { formatList } from '../text';
import './markdown.css';

/** A text longer than this is cut: it would only make the page slow. */
export const README_MAX = 256 * 1024;
/** Lists and quotes within each other; deeper ones are shown as text. */
const DEPTH_MAX = 24;

export function safeHref(href: string): string | null {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const plain = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (e) => ENTITIES[e] ?? e);

function inline(tokens: readonly Token[] | undefined, depth: number): ReactNode {
  if (!tokens || depth > DEPTH_MAX) return null;
  return tokens.map((t, i) => <Fragment key={i}>{inlineToken(t, depth + 1)}</Fragment>);
}

function inlineToken(token: Token, depth: number): ReactNode {
  const t = token as Tokens.Generic;
  switch (t.type) {
    case 'strong':
      return <strong>{inline(t.tokens, depth)}</strong>;
    case 'em':
      return <em>{inline(t.tokens, depth)}</em>;
    case 'del':
      return <del>{inline(t.tokens, depth)}</del>;
    case 'codespan':
      return <code>{t.text}</code>;
    case 'br':
      return <br />;
    case 'link': {
      const text = inline(t.tokens, depth);
      if (String(t.href).startsWith('mention:')) return <span className="mention">{text}</span>;
      const href = safeHref(String(t.href));
      return href ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {text}
        </a>
      ) : (
        <span>{text}</span>
      );
    }
    case 'image':
      return t.text ? <em className="soft">[{t.text}]</em> : null;
    case 'escape':
      return plain(String(t.text));
    case 'text':
      return t.tokens ? inline(t.tokens, depth) : plain(String(t.text));
    default:
      return String(t.raw ?? '');
  }
}

/** The page has its own h1 and h2: a readme's headings begin below them. */
function heading(level: number, children: ReactNode) {
  if (level <= 1) return <h3>{children}</h3>;
  if (level === 2) return <h4>{children}</h4>;
  return <h5>{children}</h5>;
}

function table(t: Tokens.Table, depth: number): ReactNode {
  return (
    // Keys scroll it where it is wider than the page.
    <div
      className="md-table"
      role="region"
      tabIndex={0}
      aria-label={formatList(
        t.header.map((c) => c.text),
        'conjunction',
      )}
    >
      <table>
        <thead>
          <tr>
            {t.header.map((c, i) => (
              <th key={i} scope="col">
                {inline(c.tokens, depth)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {t.rows.map((row, i) => (
            <tr key={i}>
              {row.map((c, j) => (
                <td key={j}>{inline(c.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function list(t: Tokens.List, depth: number): ReactNode {
  const items = t.items.map((item, i) => (
    <li key={i} data-task={item.task || undefined}>
      {item.task && <input type="checkbox" checked={item.checked ?? false} disabled readOnly />}
      {blocks(item.tokens, depth)}
    </li>
  ));
  return t.ordered ? (
    <ol start={typeof t.start === 'number' ? t.start : 1}>{items}</ol>
  ) : (
    <ul>{items}</ul>
  );
}

function block(token: Token, depth: number): ReactNode {
  const t = token as Tokens.Generic;
  switch (t.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading':
      return heading(Number(t.depth), inline(t.tokens, depth));
    case 'paragraph':
      return <p>{inline(t.tokens, depth)}</p>;
    case 'text':
      return t.tokens ? inline(t.tokens, depth) : plain(String(t.text));
    case 'code':
      return (
        // Long lines scroll; the keyboard must be able to do that as well.
        <pre tabIndex={0}>
          <code>{t.text}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote>{blocks(t.tokens, depth)}</blockquote>;
    case 'hr':
      return <hr />;
    case 'list':
      return list(t as Tokens.List, depth);
    case 'table':
      return table(t as Tokens.Table, depth);
    default:
      return <p>{String(t.raw ?? '')}</p>;
  }
}

function blocks(tokens: readonly Token[] | undefined, depth: number): ReactNode {
  if (!tokens || depth > DEPTH_MAX) return null;
  return tokens.map((t, i) => <Fragment key={i}>{block(t, depth + 1)}</Fragment>);
}

export function Markdown({ text }: { text: string }) {
  return (
    <div className="md">{blocks(new Lexer({ gfm: true }).lex(text.slice(0, README_MAX)), 0)}</div>
  );
}

const isHeading = (t: Token): t is Tokens.Heading => t.type === 'heading';

/** What people write to each other: a line break is one, and headings are bold lines. */
export function MarkdownNote({ text }: { text: string }) {
  const tokens = new Lexer({ gfm: true, breaks: true }).lex(text.slice(0, README_MAX));
  return (
    <div className="md md-note">
      {tokens.map((t, i) => (
        <Fragment key={i}>
          {isHeading(t) ? (
            <p>
              <strong>{inline(t.tokens, 1)}</strong>
            </p>
          ) : (
            block(t, 1)
          )}
        </Fragment>
      ))}
    </div>
  );
}
