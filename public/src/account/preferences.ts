/** How the pages look and speak for a person: here at once, and in every other browser because the server knows. */
import { ApiError, api, networkError } from '../api/client';
import type { Me } from '../api/types';
import { useMe, useSession } from '../auth/session';
import { texts, type Language } from '../text';
import { accountTexts } from '../text/account';
import { chooseLanguage } from '../text/choice';
import { toast } from '../toasts/store';
import { setMode, type Mode } from '../ui/mode';

export function usePreferences() {
  const me = useMe();
  const { enter } = useSession();
  const keep = async (
    change: Partial<Pick<Me, 'language' | 'theme'>> & {
      ownTimeZone?: string | null;
      locale?: string | null;
    },
  ) => {
    try {
      enter(await api.patch<Me>('/api/me', change));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast({ title: accountTexts.own.notSaved, message: error.message, tone: 'warning' });
    }
  };
  return {
    async setLanguage(language: Language) {
      try {
        await chooseLanguage(me.id, language);
      } catch {
        const { message } = networkError();
        return void toast({ title: texts.account.languageFailed, message, tone: 'error' });
      }
      await keep({ language });
    },
    /** Null = the company's. */
    setZone: (ownTimeZone: string | null) => keep({ ownTimeZone }),
    setLocale: (locale: string | null) => keep({ locale }),
    setTheme(theme: Mode) {
      setMode(theme);
      return keep({ theme });
    },
  };
}
