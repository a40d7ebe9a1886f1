import { greet } from './glue.js';

greet('world');
