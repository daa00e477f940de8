#include "memory.h"

#include <stdlib.h>

void *claim(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

void *enlarge(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        abort();
    return memory;
}

void must(int done)
{
    if (!done)
        abort();
}
