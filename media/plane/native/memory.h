/* Memory that is there: a worker that gets none can do nothing but end, and is started anew. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

void *claim(size_t size);
/* Zeroed. */

void *enlarge(void *memory, size_t size);

/* For libraries that answer no more than whether it was done, and fail for want of memory alone. */
void must(int done);

#endif
