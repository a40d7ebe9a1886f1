/*
 * Fuel: what a metered module may still do. One unit is taken where a function begins and where each round of a loop
 * does, and for each 64 bytes or 16 elements that an instruction fills or copies. A tank holds some of it in a small integer that compiled code counts down; the rest is a number.
 */

/**
 * Units that compiled code counts down before the tank is looked at again: as many as a small integer holds, since engines
 * give up code in which for the first time nothing is left; fewer where somebody may interrupt.
 */
const _FUEL_CHUNK = 1073741823;
const _FUEL_INTERRUPTIBLE = 65536;

/** A pool that nothing is taken out of. */
const _FUEL_ENDLESS = 2147483647;

/** Fuel of one or more instances. */
class _Fuel {
  /**
   * @param amount units, any number from 0 on; Infinity for no end
   * @param interrupt an Int32Array: once its first element is not 0 whatever takes fuel traps, after 65,536 units at
   *   the latest
   * @param pool what `pool` has made: the fuel of several threads, in place of an amount
   */
  constructor(amount = 0, interrupt = null, pool = null) {
    // What has been taken out of `rest`, or out of the pool, and is counted down.
    this.n = 0;
    this.rest = 0;
    this.interrupt = interrupt;
    this.pool = pool;
    if (pool === null) this.left = amount;
  }

  /**
   * Fuel of several threads, in shared memory: how many portions, what is beside them, units of a portion. A thread holds
   * less than one: 65,536 units, or less where there are few in all. More than fits in is without end.
   */
  static pool(amount) {
    const units = _units(amount);
    const portion = Math.min(Math.max(Math.floor(units / 256), 64), _FUEL_INTERRUPTIBLE);
    const pool = new Int32Array(new SharedArrayBuffer(12));
    pool[0] = Math.min(Math.floor(units / portion), _FUEL_ENDLESS);
    pool[1] = pool[0] < _FUEL_ENDLESS ? units % portion : 0;
    pool[2] = portion;
    return pool;
  }

  /** Puts back into the pool what is not needed any more. */
  close() {
    Atomics.add(this.pool, 1, this.n);
    this.n = 0;
  }

  /** Units that are left. Assigning fills up or takes away. */
  get left() {
    return this.n + this.rest;
  }

  set left(amount) {
    this.rest = _units(amount);
    this.n = 0;
    this.n = _draw(this);
  }

  /** Adds units. */
  add(amount) {
    this.rest += _units(amount);
  }
}

/** Takes the next chunk that is to be counted down; returns how much there is. */
function _draw(tank) {
  const { pool } = tank;
  if (pool === null) {
    const most = tank.interrupt === null ? _FUEL_CHUNK : _FUEL_INTERRUPTIBLE;
    const chunk = Math.min(tank.rest, most);
    tank.rest -= chunk;
    return chunk;
  }
  for (let have = Atomics.load(pool, 0); have > 0; ) {
    const next = have === _FUEL_ENDLESS ? have : have - 1;
    const seen = Atomics.compareExchange(pool, 0, have, next);
    if (seen === have) return pool[2];
    have = seen;
  }
  return Atomics.exchange(pool, 1, 0);
}

/** Checks an amount of fuel. */
function _units(amount) {
  if (typeof amount === 'number' && amount >= 0) return Math.floor(amount);
  throw new TypeError('fuel is a number from 0 on');
}

/** The tank of an instance. @param fuel units, or the `Fuel` of several instances; left out: `initial` units */
function _tank(fuel, initial, interrupt = null) {
  if (typeof fuel === 'object' && fuel !== null && typeof fuel.n === 'number') return fuel;
  return new _Fuel(fuel ?? initial, interrupt);
}

/** Has the instance been interrupted? */
function _look(tank) {
  if (tank.interrupt !== null && Atomics.load(tank.interrupt, 0) !== 0) _trap('interrupt');
}

/** Goes on with the next chunk for the unit that was taken last, or traps; returns what is left of the chunk then. */
function _refuel(tank) {
  tank.n = 0;
  _look(tank);
  tank.n = _draw(tank);
  if (tank.n < 1) _trap('all fuel consumed by WebAssembly');
  return --tank.n;
}

/** Takes what an instruction on `count` bytes or elements costs: a unit for each 2^shift of them. */
function _burn(tank, count, shift) {
  let left = tank.n - (count >>> shift);
  if (left >= 0) {
    tank.n = left;
    return;
  }
  for (let chunk; left < 0 && (chunk = _draw(tank)) > 0; ) left += chunk;
  tank.n = Math.max(left, 0);
  _look(tank);
  if (left < 0) _trap('all fuel consumed by WebAssembly');
}

/** Checks that a memory may begin so large. @param limit bytes, or undefined for no limit */
function _room_for(limit, bytes) {
  if (limit !== undefined && !(limit >= bytes))
    throw new RangeError(`a memory of ${bytes} bytes is above the limit of ${limit}`);
}

/** Ends the growth of a memory. @param limit bytes, or undefined for no limit */
function _end_growth(memory, limit) {
  if (limit !== undefined) memory.cap = Math.min(memory.cap, Math.floor(limit / 2 ** memory.shift));
}
