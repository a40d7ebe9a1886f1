/*
 * Bytes of data segments.
 */

/**
 * What characters of data stand for: 90 printable ones for a byte each, `~` and ``` with one of
 * them behind for the bytes that are left, in order.
 * @param freed characters that do not stand for themselves, in order
 * @param taking the bytes that they stand for
 */
function _byte_codes(freed, taking) {
  const usable = [];
  for (let c = 32; c < 127; c++) if (!"'<\\`~".includes(String.fromCharCode(c))) usable.push(c);
  const single = new Int16Array(128).fill(-1);
  for (const c of usable) if (!freed.includes(String.fromCharCode(c))) single[c] = c;
  for (let i = 0; i < taking.length; i++) single[freed.charCodeAt(i)] = taking[i];
  const frequent = new Set(single);
  const pairs = [new Uint8Array(128), new Uint8Array(128)];
  let n = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (frequent.has(byte)) continue;
    pairs[n < 90 ? 0 : 1][usable[n % 90]] = byte;
    n++;
  }
  return { single, pairs };
}

/** Decodes text given in pieces; zeros follow. */
function _text_bytes(codes, pieces, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const text of pieces) at = _decode_text(codes, text, bytes, at);
  return bytes;
}

/**
 * Decodes one piece; gives the place behind its bytes. A function of its own, since V8 leaves the
 * optimised code of an inner loop whenever that loop ends, and there can be thousands of pieces.
 */
function _decode_text({ single, pairs }, text, bytes, start) {
  const end = text.length;
  let at = start;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const byte = single[code];
    bytes[at++] = byte < 0 ? pairs[code === 126 ? 0 : 1][text.charCodeAt(++i)] : byte;
  }
  return at;
}

/** The bytes with zeros behind them. */
function _extended(bytes, length) {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

/**
 * Puts items of a list into bytes from a place on, one behind the other; a number is that many zeros, which are
 * written unless they are there.
 */
function _scatter(put, items, bytes, at, end, fresh) {
  for (const item of items) {
    if (typeof item !== 'number') at = put(item, bytes, at);
    else {
      if (!fresh) bytes.fill(0, at, at + item);
      at += item;
    }
  }
  if (!fresh) bytes.fill(0, at, end);
}

/** The bytes of a segment that is mostly zeros. */
function _scattered(put, items, length) {
  const bytes = new Uint8Array(length);
  _scatter(put, items, bytes, 0, length, true);
  return bytes;
}

/**
 * Node's files; before Node 20.16 in CommonJS and in a command that the host was started with, which `load` is then from,
 * alone. `require` is not called by name: bundlers would look for the file.
 */
function _node_fs() {
  const load =
    process.getBuiltinModule ??
    _node_fs.load ??
    (typeof require === 'function' ? require : undefined);
  return process.versions === undefined || load === undefined
    ? undefined
    : load.call(process, 'node:fs');
}

/**
 * The bytes of the data file, read synchronously where the host can.
 * @param given bytes from `instantiate`'s options
 * @param url of the file, or undefined
 * Throws an Error that says what to do where the file cannot be read.
 */
function _read_data_file(given, url, name, length) {
  let bytes = given;
  if (bytes === undefined && url !== undefined) {
    const fs = typeof process === 'object' ? _node_fs() : undefined;
    if (fs) bytes = fs.readFileSync(/^file:/.test(url) ? new URL(url) : url);
    else if (typeof Deno === 'object') bytes = Deno.readFileSync(new URL(url));
  }
  if (bytes === undefined) {
    throw new Error(
      `the data file ${name} is needed: pass its bytes as instantiate(imports, { data })`,
    );
  }
  if (bytes.length !== length) {
    throw new Error(
      `the data file ${name} does not belong to this module: ${length} bytes expected`,
    );
  }
  return bytes;
}

/**
 * Writes an active segment that is mostly zeros, given as `_scatter` takes it.
 * @param fresh has nothing been written there before?
 */
function _memory_scatter(memory, put, items, target, count, fresh) {
  target >>>= 0;
  const bytes = memory.u;
  if (target + count > bytes.length) _trap(_OUT_OF_BOUNDS_MEMORY);
  _scatter(put, items, bytes, target, target + count, fresh);
}
