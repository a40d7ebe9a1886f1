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

/** Fuel of one or more instances. */
class _Fuel {
  /**
   * @param amount units, any number from 0 on; Infinity for no end
   * @param interrupt an Int32Array: once its first element is not 0 whatever takes fuel traps, after 65,536 units at
   *   the latest
   */
  constructor(amount = 0, interrupt = null) {
    // What has been taken out of `rest` and is counted down.
    this.n = 0;
    this.rest = 0;
    this.interrupt = interrupt;
    this.left = amount;
  }

  /** Units that are left. Assigning fills up or takes away. */
  get left() {
    return this.n + this.rest;
  }

  set left(amount) {
    this.rest = _units(amount);
    this.n = 0;
    _pour(this);
  }

  /** Adds units. */
  add(amount) {
    this.rest += _units(amount);
  }
}

/** Makes the next chunk of a tank the one that is counted down. */
function _pour(tank) {
  const most = tank.interrupt === null ? _FUEL_CHUNK : _FUEL_INTERRUPTIBLE;
  const chunk = Math.min(tank.rest, most);
  tank.rest -= chunk;
  tank.n = chunk;
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

/** Goes on with the next chunk for the unit that was taken last, or traps; returns what is left of the chunk then. */
function _refuel(tank) {
  tank.n = 0;
  if (tank.interrupt !== null && Atomics.load(tank.interrupt, 0) !== 0) _trap('interrupt');
  if (tank.rest < 1) _trap('all fuel consumed by WebAssembly');
  _pour(tank);
  return --tank.n;
}

/** Takes what an instruction on `count` bytes or elements costs: a unit for each 2^shift of them. */
function _burn(tank, count, shift) {
  const units = count >>> shift;
  if (units <= tank.n) tank.n -= units;
  else {
    const left = tank.n + tank.rest - units;
    tank.n = 0;
    tank.rest = Math.max(left, 0);
    if (tank.interrupt !== null && Atomics.load(tank.interrupt, 0) !== 0) _trap('interrupt');
    if (left < 0) _trap('all fuel consumed by WebAssembly');
    _pour(tank);
  }
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
