// The part of a C++ runtime that throws and catches by WebAssembly's exceptions (-fwasm-exceptions), for a wasi-libc
// whose libc++abi was built without: Itanium C++ ABI, level II, on LLVM's conventions for WebAssembly. One thread.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <typeinfo>

// The tag, with the address of the exception.
__asm__(".globl __cpp_exception\n.tagtype __cpp_exception i32\n__cpp_exception:\n");

// A thrown object and what is known of it; compiled code holds the address of `mark`.
struct Header {
  const std::type_info *type;
  // A destructor gives its argument back.
  void *(*destroy)(void *);
  // How many handlers it is in; negative while it is thrown on.
  int handlers;
  Header *next;
  // The object as the handler's type.
  void *adjusted;
  alignas(16) char mark[16];
};
static Header *headerOf(void *mark) { return (Header *)((char *)mark - offsetof(Header, mark)); }
static void *objectOf(Header *header) { return header + 1; }
static Header *caught;
static int uncaught;

// libc++abi's type_info, by the order of its virtual functions.
struct Catchable : std::type_info {
  virtual void noop1() const;
  virtual void noop2() const;
  virtual bool can_catch(const Catchable *thrown, void *&object) const;
};

extern "C" {

// What a landing pad leaves for `_Unwind_CallPersonality`, and finds there.
struct Context { uintptr_t pad; const uint8_t *lsda; uintptr_t selector; };
thread_local Context __wasm_lpad_context;

static uintptr_t unsignedLeb(const uint8_t *&p) {
  uintptr_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = *p++;
    value |= (uintptr_t)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}
static intptr_t signedLeb(const uint8_t *&p) {
  intptr_t value = 0;
  for (unsigned shift = 0;;) {
    uint8_t byte = *p++;
    value |= (intptr_t)(byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    return byte & 64 && shift < 32 ? value | -((intptr_t)1 << shift) : value;
  }
}

// Which of the landing pad's handlers takes the exception: the index of its type, or 0.
static uintptr_t handlerOf(Header *header, const Context &context) {
  const uint8_t *p = context.lsda;
  if (*p++ != 255) abort();  // No start of landing pads.
  const uint8_t *types = nullptr;
  if (*p++ != 255) { uintptr_t offset = unsignedLeb(p); types = p + offset; }
  p++;  // Encoding of the call sites: numbers of variable length.
  uintptr_t length = unsignedLeb(p);
  const uint8_t *actions = p + length;
  uintptr_t action = 0;
  for (uintptr_t i = 0; i <= context.pad; i++) unsignedLeb(p), action = unsignedLeb(p);
  if (action == 0) return 0;
  for (const uint8_t *at = actions + action - 1;;) {
    intptr_t index = signedLeb(at);
    if (index > 0) {
      const Catchable *type;
      memcpy(&type, types - index * sizeof type, sizeof type);
      void *object = objectOf(header);
      if (type == nullptr || type->can_catch((const Catchable *)header->type, object)) {
        header->adjusted = object;
        return (uintptr_t)index;
      }
    }
    const uint8_t *from = at;
    intptr_t next = signedLeb(at);
    if (next == 0) return 0;
    at = from + next;
  }
}
int _Unwind_CallPersonality(void *mark) {
  __wasm_lpad_context.selector = handlerOf(headerOf(mark), __wasm_lpad_context);
  return 0;
}
int __gxx_wasm_personality_v0(...) { abort(); }
void _Unwind_DeleteException(void *) {}

void *__cxa_allocate_exception(size_t size) noexcept {
  Header *header = (Header *)calloc(1, sizeof(Header) + size);
  if (header == nullptr) std::terminate();
  return objectOf(header);
}
void __cxa_free_exception(void *object) noexcept { free((Header *)object - 1); }

[[noreturn]] void __cxa_throw(void *object, std::type_info *type, void *(*destroy)(void *)) {
  Header *header = (Header *)object - 1;
  header->type = type;
  header->destroy = destroy;
  uncaught++;
  __builtin_wasm_throw(0, header->mark);
}
void *__cxa_get_exception_ptr(void *mark) noexcept { return headerOf(mark)->adjusted; }
void *__cxa_begin_catch(void *mark) noexcept {
  Header *header = headerOf(mark);
  header->handlers = (header->handlers < 0 ? -header->handlers : header->handlers) + 1;
  if (header != caught) header->next = caught, caught = header;
  uncaught--;
  return header->adjusted;
}
void __cxa_end_catch() {
  Header *header = caught;
  if (header->handlers < 0) {
    // It is thrown on: another handler will have it.
    if (++header->handlers == 0) caught = header->next;
    return;
  }
  if (--header->handlers > 0) return;
  caught = header->next;
  if (header->destroy != nullptr) header->destroy(objectOf(header));
  free(header);
}
[[noreturn]] void __cxa_rethrow() {
  if (caught == nullptr) std::terminate();
  caught->handlers = -caught->handlers;
  uncaught++;
  __builtin_wasm_throw(0, caught->mark);
}
std::type_info *__cxa_current_exception_type() { return caught ? (std::type_info *)caught->type : nullptr; }
bool __cxa_uncaught_exception() noexcept { return uncaught > 0; }
unsigned __cxa_uncaught_exceptions() noexcept { return (unsigned)uncaught; }
}
