/** Passkeys: what the browser asks a device for, and what the server gets of its answer (WebAuthn). */
import { ApiError, api } from '../api/client';
import type { Me } from '../api/types';
import { texts } from '../text';
import { accountTexts } from '../text/account';

interface Asked {
  challenge: string;
  rpId: string;
}
interface Wanted extends Asked {
  userId: string;
  email: string;
  name: string;
  known: string[];
}

/** ES256, EdDSA, RS256. */
const ALGORITHMS = [-7, -8, -257];
const TIME = 300_000;

/** Browsers have them over TLS and at localhost, and for names, not for addresses. */
export const passkeysHere = (): boolean =>
  window.isSecureContext &&
  'PublicKeyCredential' in window &&
  !/^[\d.]+$|:/.test(window.location.hostname);

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

export function base64url(data: ArrayBuffer): string {
  let plain = '';
  for (const byte of new Uint8Array(data)) plain += String.fromCharCode(byte);
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What a device or its person says no to, in words. */
function failure(caught: unknown): unknown {
  const t = accountTexts.passkeys;
  if (!(caught instanceof DOMException)) return caught;
  const title =
    caught.name === 'NotAllowedError' || caught.name === 'AbortError'
      ? t.stopped
      : caught.name === 'InvalidStateError'
        ? t.known
        : caught.name === 'SecurityError'
          ? t.elsewhere
          : t.unable;
  return new ApiError({ type: '/problems/passkey', title, status: 0 });
}

async function ask<T>(of: Promise<Credential | null>): Promise<[PublicKeyCredential, T]> {
  try {
    const made = (await of) as PublicKeyCredential;
    return [made, made.response as T];
  } catch (caught) {
    throw failure(caught);
  }
}

export async function addPasskey(name: string): Promise<void> {
  const wanted = await api.post<Wanted>('/api/auth/passkeys/setup', {});
  const [, response] = await ask<AuthenticatorAttestationResponse>(
    navigator.credentials.create({
      publicKey: {
        challenge: bytes(wanted.challenge),
        rp: { id: wanted.rpId, name: texts.product },
        user: { id: bytes(wanted.userId), name: wanted.email, displayName: wanted.name },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        attestation: 'none',
        excludeCredentials: wanted.known.map((id) => ({ type: 'public-key', id: bytes(id) })),
        timeout: TIME,
      },
    }),
  );
  await api.post('/api/auth/passkeys', {
    name,
    clientDataJSON: base64url(response.clientDataJSON),
    authenticatorData: base64url(response.getAuthenticatorData()),
  });
}

export async function signInWithPasskey(): Promise<Me> {
  const asked = await api.post<Asked>('/api/auth/passkeys/challenge', {});
  const [made, response] = await ask<AuthenticatorAssertionResponse>(
    navigator.credentials.get({
      publicKey: {
        challenge: bytes(asked.challenge),
        rpId: asked.rpId,
        userVerification: 'required',
        timeout: TIME,
      },
    }),
  );
  const { user } = await api.post<{ user: Me }>('/api/auth/passkeys/sign-in', {
    id: base64url(made.rawId),
    clientDataJSON: base64url(response.clientDataJSON),
    authenticatorData: base64url(response.authenticatorData),
    signature: base64url(response.signature),
    userHandle: base64url(response.userHandle ?? new ArrayBuffer(0)),
  });
  return user;
}
