import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 32 random bytes in base64url: 43 characters that stand in a URL and in a cookie as they are. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares in a time that says nothing about where two texts differ; their hashes are of one length. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
