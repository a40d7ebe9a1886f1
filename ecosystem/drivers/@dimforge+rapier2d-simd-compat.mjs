import RAPIER from '@dimforge/rapier2d-simd-compat';
import { show } from '../sample.mjs';

const warn = console.warn;
console.warn = () => {};
await RAPIER.init();
console.warn = warn;
const world = new RAPIER.World({ x: 0, y: -9.81 });
world.createCollider(RAPIER.ColliderDesc.cuboid(20, 0.1));
const bodies = Array.from({ length: 30 }, (_, i) => {
  const body = world.createRigidBody(
    RAPIER.RigidBodyDesc.dynamic().setTranslation((i % 5) * 0.55, 1 + i * 0.4),
  );
  world.createCollider(
    i % 2 ? RAPIER.ColliderDesc.ball(0.25) : RAPIER.ColliderDesc.cuboid(0.3, 0.2),
    body,
  );
  return body;
});
for (let i = 0; i < 120; i++) world.step();
show(
  'positions',
  new Float64Array(
    bodies.flatMap((body) => [body.translation().x, body.translation().y, body.rotation()]),
  ),
);
show('snapshot', world.takeSnapshot().length);
