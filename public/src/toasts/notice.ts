/** What a notification says: Mortise's own in the reader's language, everybody else's as they wrote it. */
import { translate, type Text } from '../text';

export function notice(
  of: { title?: unknown; message?: unknown; text?: unknown },
  part: 'title' | 'message',
): string {
  const words = of[part];
  const text = of.text as Partial<Record<typeof part, Text>> | null | undefined;
  return translate(text?.[part], typeof words === 'string' ? words : '');
}
