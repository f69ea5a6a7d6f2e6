// A device with passkeys, in software: what a browser would hand over of it (WebAuthn Level 2), made with node:crypto and
// a little CBOR, so that tests don't trust the server's library.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const sha256 = (data) => createHash("sha256").update(data).digest();
export const b64 = (data) => Buffer.from(data).toString("base64url");

function head(major, n) {
  if (n < 24) return Buffer.from([(major << 5) | n]);
  if (n < 256) return Buffer.from([(major << 5) | 24, n]);
  return Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
}

/** Whole numbers, texts, bytes, and maps of them. */
export function cbor(v) {
  if (typeof v === "number") return v < 0 ? head(1, -1 - v) : head(0, v);
  if (typeof v === "string") return Buffer.concat([head(3, Buffer.byteLength(v)), Buffer.from(v)]);
  if (v instanceof Map) return Buffer.concat([head(5, v.size), ...[...v].flat().map(cbor)]);
  return Buffer.concat([head(2, v.length), v]);
}

const KINDS = {
  ES256: { alg: -7, make: () => generateKeyPairSync("ec", { namedCurve: "P-256" }), hash: "sha256" },
  EdDSA: { alg: -8, make: () => generateKeyPairSync("ed25519"), hash: null },
  RS256: { alg: -257, make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }), hash: "sha256" },
};

function cose(kind, publicKey) {
  const jwk = publicKey.export({ format: "jwk" });
  const part = (name) => Buffer.from(jwk[name], "base64url");
  if (kind === "ES256") return new Map([[1, 2], [3, -7], [-1, 1], [-2, part("x")], [-3, part("y")]]);
  if (kind === "EdDSA") return new Map([[1, 1], [3, -8], [-1, 6], [-2, part("x")]]);
  return new Map([[1, 3], [3, -257], [-1, part("n")], [-2, part("e")]]);
}

const UP = 1, UV = 4, AT = 64;

/** One passkey. `made` and `signed` take what is to be wrong. */
export class Passkey {
  constructor({ kind = "ES256", origin, idLength = 32 }) {
    Object.assign(this, { kind, origin, count: 0, id: randomBytes(idLength), ...KINDS[kind].make() });
  }
  client(type, challenge, { origin = this.origin, ...more } = {}) {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...more }));
  }
  data(rpId, flags, rest = Buffer.alloc(0)) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.count);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, rest]);
  }
  /** The answer to POST /api/auth/passkeys/setup. */
  made({ challenge, rpId, userId }, { name = "Phone", type = "webauthn.create", flags = UP | UV | AT, key = (k) => k, cut = 0, client = {} } = {}) {
    this.user = userId;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const cred = Buffer.concat([Buffer.alloc(16), length, this.id, cbor(key(cose(this.kind, this.publicKey)))]);
    const data = this.data(rpId, flags, flags & AT ? cred : undefined);
    return {
      name,
      clientDataJSON: b64(this.client(type, challenge, client)),
      authenticatorData: b64(data.subarray(0, data.length - cut)),
    };
  }
  /** The answer to POST /api/auth/passkeys/challenge. */
  signed({ challenge, rpId }, { type = "webauthn.get", flags = UP | UV, id = this.id, user = this.user, alter = (s) => s, client = {} } = {}) {
    const asked = this.client(type, challenge, client), data = this.data(rpId, flags);
    const signature = sign(KINDS[this.kind].hash, Buffer.concat([data, sha256(asked)]), this.privateKey);
    return {
      id: b64(id),
      clientDataJSON: b64(asked),
      authenticatorData: b64(data),
      signature: b64(alter(signature)),
      userHandle: user,
    };
  }
}
