/**
 * Answers that tell how far they are: newline-delimited JSON, whose last line is what the answer
 * would have been at once.
 */
export const LINES = 'application/x-ndjson';

export interface LastLine {
  status: number;
  body: unknown;
}

const isLast = (line: unknown): line is LastLine =>
  typeof line === 'object' && line !== null && 'status' in line && 'body' in line;

/** Takes all that has arrived, again and again; answers the last line when it is there. */
export function lineReader(onLine: (line: unknown) => void): (text: string) => LastLine | null {
  let at = 0;
  let last: LastLine | null = null;
  return (text) => {
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      const line: unknown = JSON.parse(text.slice(at, end));
      at = end + 1;
      if (isLast(line)) last = line;
      else onLine(line);
    }
    return last;
  };
}
