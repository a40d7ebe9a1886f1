/**
 * A map from objects that goes with them, as WeakMap does, for threads that make an instance for each request. V8 takes
 * the values of a WeakMap that is old as reached until the next full collection, so each instance, with its memory,
 * would outlive the small collections, which cost next to nothing for what is dead. Here an entry is a private field of
 * its key: it dies with it.
 */

/** Makes objects of a class that are the ones they are given. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: a class that extends this one adds its fields to that object
    return object;
  }
}

/** A class whose private field is the entry of one map. */
const fieldOf = <V>() =>
  class Field extends Given {
    #value: V;

    constructor(key: object, value: V) {
      super(key);
      this.#value = value;
    }

    static has(key: object): boolean {
      return #value in key;
    }

    static get(key: object): V | undefined {
      return #value in key ? key.#value : undefined;
    }

    static set(key: object, value: V): void {
      if (#value in key) key.#value = value;
      else new Field(key, value);
    }
  };

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** What compiled modules use of a WeakMap; keys cannot be taken out. */
export class FieldMap<V> {
  private readonly field = fieldOf<V>();

  /** Is it a key? */
  has(key: unknown): boolean {
    return isObject(key) && this.field.has(key);
  }

  /** Its value; undefined where it is no key. */
  get(key: unknown): V | undefined {
    return isObject(key) ? this.field.get(key) : undefined;
  }

  /** Sets its value. Throws a TypeError for what is no object. */
  set(key: object, value: V): this {
    if (!isObject(key)) throw new TypeError('the key must be an object');
    this.field.set(key, value);
    return this;
  }
}
