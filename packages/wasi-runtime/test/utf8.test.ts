/** UTF-8 of our own is that of the Encoding Standard, where text is none as well. */
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../src/core/utf8.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Numbers that look random, always the same ones. */
const numbers = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed >>> 8;
};

test('what is none becomes U+FFFD as often as the standard says', () => {
  const next = numbers(1);
  const leads = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef,
    0xf0, 0xf1, 0xf4, 0xf5, 0xff,
  ];
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from({ length: next() % 8 }, () => leads[next() % leads.length]!);
    expect(decodeUtf8(bytes, true)).toBe(decoder.decode(bytes));
  }
});

test('what is text comes back, and all else is an error where that is wanted', () => {
  const next = numbers(2);
  for (let i = 0; i < 5000; i++) {
    const text = String.fromCodePoint(
      ...Array.from({ length: next() % 6 }, () => next() % 0x110000),
    );
    const bytes = new TextEncoder().encode(text);
    expect(encodeUtf8(text)).toEqual(bytes);
    expect(decodeUtf8(bytes)).toBe(decoder.decode(bytes));
  }
  for (const bytes of [
    [0x80],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x82],
  ])
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow('ILSEQ');
});
