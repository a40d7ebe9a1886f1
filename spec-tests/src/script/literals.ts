/**
 * Number literals of the text format as exact bits: rounding from decimal and hexadecimal floats is
 * done on integers (BigInt), so that no literal passes through a JS number.
 */

interface FloatFormat {
  bits: number;
  /** Bits of the significand after the point. */
  fraction: number;
  bias: number;
}
const F32: FloatFormat = { bits: 32, fraction: 23, bias: 127 };
const F64: FloatFormat = { bits: 64, fraction: 52, bias: 1023 };

/** The bits of an integer literal, reduced to a width in bits. */
export function integerBits(literal: string, width: number): bigint {
  const text = literal.replaceAll('_', '');
  const negative = text.startsWith('-');
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  return BigInt.asUintN(width, negative ? -magnitude : magnitude);
}

/** The bits of a float literal: a decimal or hexadecimal float, `inf`, `nan` or `nan:0x…`. */
export function floatBits(literal: string, width: 32 | 64): bigint {
  const format = width === 32 ? F32 : F64;
  const text = literal.replaceAll('_', '');
  const sign = text.startsWith('-') ? 1n << BigInt(format.bits - 1) : 0n;
  const body = text.replace(/^[+-]/, '');
  const fraction = BigInt(format.fraction);
  const infinity = BigInt(2 * format.bias + 1) << fraction;
  if (body === 'inf') return sign | infinity;
  if (body === 'nan') return sign | infinity | (1n << (fraction - 1n));
  if (body.startsWith('nan:0x')) return sign | infinity | BigInt(body.slice(4));
  return sign | magnitudeBits(body, format);
}

function magnitudeBits(body: string, format: FloatFormat): bigint {
  const hex = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(body);
  const decimal = /^(\d+)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(body);
  const match = hex ?? decimal;
  if (!match) throw new SyntaxError(`not a float literal: ${body}`);
  const [, whole = '', part = '', power = '0'] = match;
  const digits = BigInt(`${hex ? '0x' : ''}${whole}${part}`);
  if (hex) return roundRatio(digits, 1n, Number(power) - 4 * part.length, format);
  const exponent = Number(power) - part.length;
  const scale = 10n ** BigInt(Math.abs(exponent));
  return exponent >= 0
    ? roundRatio(digits * scale, 1n, 0, format)
    : roundRatio(digits, scale, 0, format);
}

const bitLength = (n: bigint): number => (n === 0n ? 0 : n.toString(2).length);

/** Rounds `num / den * 2^exp` to nearest, ties to even. */
function roundRatio(num: bigint, den: bigint, exp: number, format: FloatFormat): bigint {
  if (num === 0n) return 0n;
  const minExponent = 1 - format.bias - format.fraction;
  // The quotient shall have fraction + 1 or + 2 bits, or fewer where the result is subnormal.
  let unit = bitLength(num) - bitLength(den) + exp - format.fraction - 1;
  if (unit < minExponent) unit = minExponent;
  const round = (at: number): bigint => {
    const shift = BigInt(exp - at);
    const n = shift > 0n ? num << shift : num;
    const d = shift < 0n ? den << -shift : den;
    const quotient = n / d;
    const twice = (n % d) * 2n;
    return quotient + (twice > d || (twice === d && (quotient & 1n) === 1n) ? 1n : 0n);
  };
  let significand = round(unit);
  if (bitLength(significand) > format.fraction + 1) significand = round(++unit);
  if (bitLength(significand) > format.fraction + 1) {
    significand >>= 1n;
    unit++;
  }
  const fraction = BigInt(format.fraction);
  if (significand >> fraction === 0n) return significand;
  const biased = BigInt(unit - minExponent + 1);
  const infinity = BigInt(2 * format.bias + 1);
  if (biased >= infinity) return infinity << fraction;
  return (biased << fraction) | (significand & ((1n << fraction) - 1n));
}
