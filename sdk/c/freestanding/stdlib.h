/* What there is of the library of C: memory.c. */
#ifndef DAEMONEYE_STDLIB_H
#define DAEMONEYE_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);
_Noreturn void abort(void);

#endif
