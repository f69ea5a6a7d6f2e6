import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Markdown, MarkdownNote, safeHref } from './markdown';

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

describe('a readme', () => {
  it('has headings below those of the page, lists, code and tables', () => {
    const out = html('# A\n\n## B\n\n- one\n- **two**\n\n```\nx < y\n```\n\n|h|\n|-|\n|c|\n');
    expect(out).toContain('<h3>A</h3>');
    expect(out).toContain('<h4>B</h4>');
    expect(out).toContain('<strong>two</strong>');
    expect(out).toContain('<code>x &lt; y</code>');
    expect(out).toContain('<td>c</td>');
  });
  it('shows HTML as text', () => {
    const out = html(
      '<script>alert(1)</script>\n\nA <img src=x onerror=alert(1)> b\n\n<b onclick=x>c</b>',
    );
    expect(out).not.toMatch(/<(script|img|b)[ >]/);
    expect(out).toContain('&lt;script&gt;');
  });
  it('follows no link but http, https and mail', () => {
    const out = html(
      '[a](javascript:alert(1)) [b](https://b.example/) [c](/etc) ![d](https://d.example/x.png)',
    );
    expect(out.match(/href="[^"]*"/g)).toEqual(['href="https://b.example/"']);
    expect(out).not.toContain('d.example');
    expect(out).toContain('[d]');
  });
  it('ends at some depth instead of running out of stack', () => {
    expect(() => html(`${'> '.repeat(2000)}deep`)).not.toThrow();
  });
  it('shows characters, not their entities', () => {
    expect(html('a & b "c" \\*')).toContain('a &amp; b &quot;c&quot; *');
  });
});

describe('what people write', () => {
  const note = (text: string) => renderToStaticMarkup(<MarkdownNote text={text} />);
  it('keeps its lines, and has no headings', () => {
    expect(note('one\ntwo')).toContain('one<br/>two');
    const out = note('# Big\n\n- a **b**');
    expect(out).not.toMatch(/<h\d/);
    expect(out).toContain('<p><strong>Big</strong></p>');
    expect(out).toContain('<strong>b</strong>');
  });
  it('names people, and follows no other address of theirs', () => {
    const out = note('[@Ann Ruiz](mention:01890000-0000-7000-8000-000000000001) [x](javascript:1)');
    expect(out).toContain('<span class="mention">@Ann Ruiz</span>');
    expect(out).not.toContain('href');
  });
});

it.each([
  ['JaVaScRiPt:alert(1)', null],
  ['data:text/html,x', null],
  ['//host/x', null],
  ['mailto:a@b.example', 'mailto:a@b.example'],
])('%s leads to %s', (href, to) => expect(safeHref(href)).toBe(to));
