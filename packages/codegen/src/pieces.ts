/**
 * Pieces of a row of tokens or nodes, by which places are found that are alike (`emit/letters.ts`, `lower/print/likenesses.ts`).
 * Gets a number for each; gives a number for what begins at a place, a place in a table.
 */

/** Tokens or nodes that two places must share to be looked at. */
export const PIECE_LENGTH = 6;

/**
 * A number for the piece that begins at a place: the same for the same piece.
 * @param hashes a number for each token or node; `PIECE_LENGTH` of them from `at` on
 * @param bits how many the result has, 1 to 32
 */
export function pieceAt(hashes: ArrayLike<number>, at: number, bits: number): number {
  let hash = 0;
  for (let i = at; i < at + PIECE_LENGTH; i++) hash = Math.imul(hash, 0x9e3779b1) + hashes[i]!;
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - bits);
}
