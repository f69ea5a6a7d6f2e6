/** The language of a person at this browser: what they chose, else what the browser prefers. */
import { currentLanguage, LANGUAGE_KEYS, setLanguage, type Language } from '../text';

/** The last choice of anybody here, for signing in; with a person's id, theirs. */
const KEY = 'mt-language';
const keyOf = (userId: string | null) => (userId ? `${KEY}.${userId}` : KEY);

const asLanguage = (text: string | null): Language | undefined =>
  LANGUAGE_KEYS.find((l) => l === text);

function stored(userId: string | null): Language | undefined {
  try {
    return asLanguage(localStorage.getItem(keyOf(userId)));
  } catch {
    return undefined;
  }
}

function store(userId: string | null, language: Language): void {
  try {
    localStorage.setItem(KEY, language);
    if (userId) localStorage.setItem(keyOf(userId), language);
  } catch {
    /* a browser that keeps nothing */
  }
}

export const preferred = (): Language =>
  navigator.languages.map((l) => asLanguage(l.split('-')[0]!)).find((l) => l) ?? 'en';

export const languageOf = (userId: string | null): Language =>
  stored(userId) ?? stored(null) ?? preferred();

export async function chooseLanguage(userId: string | null, next: Language): Promise<void> {
  await setLanguage(next);
  store(userId, next);
}

/** Another page of this browser may have another language for this person by now. `chosen`: by the server. */
export function followLanguage(userId: string, chosen: Language | undefined): () => void {
  if (chosen) store(userId, chosen);
  const follow = () => {
    const next = languageOf(userId);
    // Where its texts can't be loaded the page stays as it is.
    if (next !== currentLanguage()) setLanguage(next).catch(() => {});
  };
  const onStorage = (e: StorageEvent) => e.key === keyOf(userId) && follow();
  follow();
  window.addEventListener('storage', onStorage);
  return () => window.removeEventListener('storage', onStorage);
}
