/* What of the library of C the compiler and the bindings call, and no more. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Blocks are powers of two, from 16 bytes; a block that is freed waits in the list of its size. */
enum { SMALLEST = 4, LARGEST = 30, HEADER = 8, PAGE = 65536 };

struct block {
    struct block *next;
};

static struct block *waiting[LARGEST + 1];
extern unsigned char __heap_base;
static uintptr_t unused, end;

/* The size class of a block is in the bytes before it. */
static uint32_t *class_of(void *block)
{
    return (uint32_t *)((uintptr_t)block - HEADER);
}

static void *carve(uint32_t class)
{
    const uintptr_t bytes = (uintptr_t)1 << class;
    if (!unused) {
        unused = ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
        end = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
    }
    if (end - unused < bytes) {
        const uintptr_t pages = (bytes - (end - unused) + PAGE - 1) / PAGE;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return NULL;
        end += pages * PAGE;
    }
    void *block = (void *)(unused + HEADER);
    unused += bytes;
    *class_of(block) = class;
    return block;
}

void *malloc(size_t size)
{
    uint32_t class = SMALLEST;
    while (class <= LARGEST && ((size_t)1 << class) < size + HEADER) class++;
    if (class > LARGEST || size + HEADER < size) return NULL;
    struct block *block = waiting[class];
    if (!block) return carve(class);
    waiting[class] = block->next;
    return block;
}

void free(void *memory)
{
    if (!memory) return;
    struct block *block = memory;
    block->next = waiting[*class_of(memory)];
    waiting[*class_of(memory)] = block;
}

void *realloc(void *memory, size_t size)
{
    if (!memory) return malloc(size);
    const size_t room = ((size_t)1 << *class_of(memory)) - HEADER;
    if (size <= room) return memory;
    void *more = malloc(size);
    if (more) {
        memcpy(more, memory, room);
        free(memory);
    }
    return more;
}

_Noreturn void abort(void)
{
    __builtin_trap();
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    return __builtin_memcpy(to, from, length);
}

void *memmove(void *to, const void *from, size_t length)
{
    return __builtin_memmove(to, from, length);
}

void *memset(void *to, int byte, size_t length)
{
    return __builtin_memset(to, byte, length);
}

int memcmp(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left, *b = right;
    for (; length; a++, b++, length--)
        if (*a != *b) return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end_of_text = text;
    while (*end_of_text) end_of_text++;
    return (size_t)(end_of_text - text);
}
