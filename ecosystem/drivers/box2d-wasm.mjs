import { createRequire } from 'node:module';
import { file, show } from '../sample.mjs';

const box2d = await createRequire(import.meta.url)('box2d-wasm')({
  wasmBinary: file('box2d-wasm/dist/umd/Box2D.simd.wasm'),
});
const world = new box2d.b2World(new box2d.b2Vec2(0, -10));
const ground = world.CreateBody(new box2d.b2BodyDef());
const edge = new box2d.b2EdgeShape();
edge.SetTwoSided(new box2d.b2Vec2(-40, -6), new box2d.b2Vec2(40, -6));
ground.CreateFixture(edge, 0);
const bodies = [];
for (let i = 0; i < 10; i++) {
  const definition = new box2d.b2BodyDef();
  definition.set_type(box2d.b2_dynamicBody);
  definition.set_position(new box2d.b2Vec2((i % 3) * 0.4, i * 1.1));
  const shape = i % 2 ? new box2d.b2CircleShape() : new box2d.b2PolygonShape();
  if (i % 2) shape.set_m_radius(0.5);
  else shape.SetAsBox(0.5, 0.4);
  const body = world.CreateBody(definition);
  body.CreateFixture(shape, 1);
  bodies.push(body);
}
// Calls back into JavaScript at every contact.
let contacts = 0;
const listener = new box2d.JSContactListener();
Object.assign(listener, {
  BeginContact: () => contacts++,
  EndContact() {},
  PreSolve() {},
  PostSolve() {},
});
world.SetContactListener(listener);
for (let i = 0; i < 150; i++) world.Step(1 / 60, 6, 2);
show('contacts', contacts);
show(
  'positions',
  bodies.map((body) => [body.GetPosition().get_x(), body.GetPosition().get_y(), body.GetAngle()]),
);
