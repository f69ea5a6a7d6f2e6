/**
 * The password once more, when the server wants it before rights are given away. It stops somebody at a
 * screen that was left alone. It can't stop what a plugin shows: that runs on this very page, as the
 * person who looks.
 */
import { Suspense, useEffect, useRef, useState } from 'react';
import { setPasswordHandler } from '../api/client';
import { lazyThemed } from '../ui/lazy';

const PasswordDialog = lazyThemed(() => import('./password-dialog'));

type Answer = (confirmed: boolean) => void;

/** Requests that wait for the same dialog are answered together. */
function useQuestion() {
  const waiting = useRef<Answer[]>([]);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    setPasswordHandler(
      () =>
        new Promise<boolean>((resolve) => {
          waiting.current.push(resolve);
          setOpen(true);
        }),
    );
    return () => setPasswordHandler(() => Promise.resolve(false));
  }, []);
  const answer = (confirmed: boolean) => {
    setOpen(false);
    waiting.current.splice(0).forEach((resolve) => resolve(confirmed));
  };
  return { open, answer };
}

export function ConfirmPassword() {
  const { open, answer } = useQuestion();
  if (!open) return null;
  return (
    <Suspense fallback={null}>
      <PasswordDialog onAnswer={answer} />
    </Suspense>
  );
}
