// Allocates and frees with whatever malloc family this library is bound to.
#include <stdlib.h>
#include <string.h>

void free_there(void* block);
int allocate_there(void);

void free_there(void* block) {
    free(block);
}

int allocate_there(void) {
    for (size_t size = 1; size < 100000; size *= 3) {
        volatile unsigned char* block = malloc(size);
        if (block == NULL) return 1;
        block[size - 1] = 5;
        free((void*)block);
    }
    return 0;
}
