/** Fields of a header as wasi:http has them, 0.2 and 0.3: in order, several of one name, some of which are the host's. */
import { isToken } from './values.js';

/** A name and a value. */
export type Field = readonly [name: string, value: Uint8Array];

/** Those that concern the connection, or say where a request goes: the host writes them itself. */
const FORBIDDEN = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Bytes that all fields of one header may have. */
const MOST = 1 << 20;

/** Is this a field that guests neither set nor see? */
export const isForbidden = (name: string): boolean => FORBIDDEN.has(name.toLowerCase());

/** May these bytes be a value (RFC 9110, 5.5)? */
const isValue = (value: Uint8Array): boolean =>
  value.every((byte) => byte >= 0x20 || byte === 9) && !value.includes(0x7f);

/** Fails with a `header-error`. */
function refuse(tag: string): never {
  throw { tag };
}

/** `fields`. */
export class FieldList {
  private list: Field[] = [];
  private size = 0;
  private readonly fixed: boolean;

  /** @param fixed may it not be changed? @param from what it has, unchecked */
  constructor(from: readonly Field[] = [], fixed = false) {
    this.fixed = fixed;
    this.put(from);
  }

  /** One that has these, each checked. Throws a `header-error`. */
  static of(entries: readonly Field[]): FieldList {
    const list = new FieldList();
    for (const [name, value] of entries) list.append(name, value);
    return list;
  }

  /** The values of a name. */
  get(name: string): Uint8Array[] {
    const wanted = name.toLowerCase();
    return this.list.filter(([one]) => one.toLowerCase() === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name).length > 0;
  }

  /** Puts values in the place of those that are there. */
  set(name: string, values: readonly Uint8Array[]): void {
    this.check(name, values);
    this.remove(name);
    this.put(values.map((value) => [name, value]));
  }

  delete(name: string): void {
    this.check(name, []);
    this.remove(name);
  }

  append(name: string, value: Uint8Array): void {
    this.check(name, [value]);
    this.put([[name, value]]);
  }

  /** All, in order. */
  get all(): readonly Field[] {
    return this.list;
  }

  /** Throws a `header-error` for what may not be done to it. */
  check(name: string, values: readonly Uint8Array[]): void {
    if (this.fixed) refuse('immutable');
    if (!isToken(name) || !values.every(isValue)) refuse('invalid-syntax');
    if (isForbidden(name)) refuse('forbidden');
  }

  private put(fields: readonly Field[]): void {
    for (const [name, value] of fields) this.size += name.length + value.length;
    if (this.size > MOST) throw new RangeError('a header has too many bytes');
    const list = [...this.list];
    for (const [name, value] of fields) {
      // All of one name are written as its first one.
      const lower = name.toLowerCase();
      const first = list.find(([one]) => one.toLowerCase() === lower);
      list.push([first?.[0] ?? name, value]);
    }
    this.list = list;
  }

  private remove(name: string): void {
    const wanted = name.toLowerCase();
    this.list = this.list.filter(([one]) => one.toLowerCase() !== wanted);
    this.size = 0;
    for (const [one, value] of this.list) this.size += one.length + value.length;
  }
}

/** The text of the only value of a name; undefined where there is none or several differ. */
export function textOf(fields: FieldList, name: string): string | undefined {
  const values = fields.get(name).map((value) => String.fromCharCode(...value.subarray(0, 4096)));
  return values.length > 0 && values.every((one) => one === values[0]) ? values[0] : undefined;
}
