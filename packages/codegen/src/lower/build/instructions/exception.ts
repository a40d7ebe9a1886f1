/** Lowerings of the exception handling instructions, of the specification and of the legacy form. */
import { lowering } from '../builder.js';

lowering('throw', (b) => b.throwTag(b.reader.x));
lowering('throw_ref', (b) => b.throwRef());
lowering('try_table', (b) => b.enterTryTable());
lowering('try', (b) => b.enterTry());
lowering('catch', (b) => b.catchArm(b.reader.x, true));
lowering('catch_all', (b) => b.catchArm(undefined, true));
lowering('delegate', (b) => b.delegate(b.reader.x, true));
lowering('rethrow', (b) => b.rethrow(b.reader.x));
