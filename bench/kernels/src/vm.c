// A bytecode interpreter: one big switch in a loop, a register machine that sums and searches.
#include "kernel.h"
enum { LOADI, MOVE, ADD, SUB, MUL, AND, OR, XOR, SHL, SHR, ADDI, LOAD, STORE, JUMP, JLT, JGE, JEQ, JNE, CALL, RET, NEG, NOT, MOD, HALT };
typedef struct { uint8_t op, a, b, c; int32_t imm; } Instruction;
// for (r1 = 0; r1 < r0; r1++) { f(r1); } where f mixes r1 into memory and accumulates r5
static const Instruction program[] = {
    {LOADI, 1, 0, 0, 0},   {LOADI, 5, 0, 0, 17}, {JGE, 1, 0, 0, 22},   {CALL, 0, 0, 0, 7},    {ADDI, 1, 1, 0, 1},
    {JUMP, 0, 0, 0, 2},    {HALT, 0, 0, 0, 0},   {LOADI, 2, 0, 0, 63}, {AND, 3, 1, 2, 0},     {LOAD, 4, 3, 0, 0},
    {ADD, 4, 4, 1, 0},     {XOR, 5, 5, 4, 0},    {STORE, 5, 3, 0, 0},  {LOADI, 6, 0, 0, 31},  {MUL, 5, 5, 6, 0},
    {JLT, 5, 6, 0, 18},    {LOADI, 7, 0, 0, 3},  {SHR, 8, 5, 7, 0},    {SUB, 5, 5, 8, 0},     {NOT, 8, 8, 0, 0},
    {OR, 9, 9, 8, 0},      {RET, 0, 0, 0, 0},    {HALT, 0, 0, 0, 0}};
static int32_t memory[64], reg[16], stack[16];
static int32_t execute(int32_t limit) {
  int32_t pc = 0, sp = 0;
  reg[0] = limit;
  for (;;) {
    const Instruction *i = &program[pc++];
    switch (i->op) {
      case LOADI: reg[i->a] = i->imm; break;
      case MOVE: reg[i->a] = reg[i->b]; break;
      case ADD: reg[i->a] = (int32_t)((uint32_t)reg[i->b] + (uint32_t)reg[i->c]); break;
      case SUB: reg[i->a] = (int32_t)((uint32_t)reg[i->b] - (uint32_t)reg[i->c]); break;
      case MUL: reg[i->a] = (int32_t)((uint32_t)reg[i->b] * (uint32_t)reg[i->c]); break;
      case AND: reg[i->a] = reg[i->b] & reg[i->c]; break;
      case OR: reg[i->a] = reg[i->b] | reg[i->c]; break;
      case XOR: reg[i->a] = reg[i->b] ^ reg[i->c]; break;
      case SHL: reg[i->a] = (int32_t)((uint32_t)reg[i->b] << (reg[i->c] & 31)); break;
      case SHR: reg[i->a] = reg[i->b] >> (reg[i->c] & 31); break;
      case ADDI: reg[i->a] = (int32_t)((uint32_t)reg[i->b] + (uint32_t)i->imm); break;
      case LOAD: reg[i->a] = memory[reg[i->b] & 63]; break;
      case STORE: memory[reg[i->b] & 63] = reg[i->a]; break;
      case JUMP: pc = i->imm; break;
      case JLT: if (reg[i->a] < reg[i->b]) pc = i->imm; break;
      case JGE: if (reg[i->a] >= reg[i->b]) pc = i->imm; break;
      case JEQ: if (reg[i->a] == reg[i->b]) pc = i->imm; break;
      case JNE: if (reg[i->a] != reg[i->b]) pc = i->imm; break;
      case CALL: stack[sp++ & 15] = pc; pc = i->imm; break;
      case RET: pc = stack[--sp & 15]; break;
      case NEG: reg[i->a] = (int32_t)-(uint32_t)reg[i->b]; break;
      case NOT: reg[i->a] = ~reg[i->b]; break;
      case MOD: reg[i->a] = reg[i->c] ? reg[i->b] % reg[i->c] : 0; break;
      default: return reg[5];
    }
  }
}
KERNEL int32_t run(int32_t n) {
  for (int i = 0; i < 64; i++) memory[i] = i;
  for (int i = 0; i < 16; i++) reg[i] = 0;
  return execute(n);
}
