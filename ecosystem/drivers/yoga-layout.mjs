import Yoga, { Align, Direction, Edge, FlexDirection, Gutter } from 'yoga-layout';
import { show } from '../sample.mjs';

const root = Yoga.Node.create();
root.setFlexDirection(FlexDirection.Row);
root.setAlignItems(Align.Stretch);
root.setGap(Gutter.All, 4);
root.setPadding(Edge.All, 7.5);
const children = [1, 2, 3].map((grow, i) => {
  const child = Yoga.Node.create();
  child.setFlexGrow(grow);
  if (i === 1) {
    // A callback of JavaScript's, called while the layout is made.
    child.setMeasureFunc((width, widthMode, _, heightMode) => ({
      width: width / 3,
      height: 11 + widthMode + heightMode,
    }));
  }
  root.insertChild(child, i);
  return child;
});
root.calculateLayout(333, 100, Direction.LTR);
show('root', root.getComputedLayout());
for (const child of children) show('child', child.getComputedLayout());
root.freeRecursive();
