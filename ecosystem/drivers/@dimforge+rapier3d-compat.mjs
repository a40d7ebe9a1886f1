import RAPIER from '@dimforge/rapier3d-compat';
import { show } from '../sample.mjs';

const warn = console.warn;
console.warn = () => {};
await RAPIER.init();
console.warn = warn;
const world = new RAPIER.World({ x: 0, y: -9.81, z: 0 });
world.createCollider(RAPIER.ColliderDesc.cuboid(20, 0.1, 20));
const bodies = Array.from({ length: 12 }, (_, i) => {
  const body = world.createRigidBody(
    RAPIER.RigidBodyDesc.dynamic().setTranslation((i % 3) * 0.4, 1 + i * 0.7, (i % 2) * 0.3),
  );
  world.createCollider(
    i % 2 ? RAPIER.ColliderDesc.ball(0.3) : RAPIER.ColliderDesc.cuboid(0.3, 0.2, 0.3),
    body,
  );
  return body;
});
const events = new RAPIER.EventQueue(true);
for (let i = 0; i < 90; i++) world.step(events);
show(
  'positions',
  new Float64Array(
    bodies.flatMap((body) =>
      Object.values(body.translation()).concat(Object.values(body.rotation())),
    ),
  ),
);
show('snapshot', world.takeSnapshot().length);
const hit = world.castRay(new RAPIER.Ray({ x: 0, y: 10, z: 0 }, { x: 0, y: -1, z: 0 }), 100, true);
show('ray', hit?.timeOfImpact);
