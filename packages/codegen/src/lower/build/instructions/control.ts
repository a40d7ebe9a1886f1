/** Lowerings of the control instructions without calls. */
import { lowering } from '../builder.js';

lowering('unreachable', (b) => b.trap('unreachable'));
lowering('nop', () => {});
lowering('block', (b) => b.enterBlock());
lowering('loop', (b) => b.enterLoop());
lowering('if', (b) => b.enterIf());
lowering('else', (b) => b.elseArm(true));
lowering('end', (b) => b.endFrame(true));
lowering('br', (b) => b.branch(b.reader.x));
lowering('br_if', (b) => b.branchIf(b.reader.x, b.stack.pop()));
lowering('br_table', (b) => b.branchTable(b.reader.targets, b.stack.pop()));
lowering('return', (b) => b.return());
