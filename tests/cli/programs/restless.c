/* Never makes the same allocation twice: nothing here repeats. */
#include <stdlib.h>

int main(void) {
    unsigned state = 1;
    for (int i = 0; i < 2000; ++i) {
        state = state * 1664525U + 1013904223U;
        void* block = malloc(1024 + (state >> 12));
        if (block == NULL) return 1;
        *(volatile char*)block = 1;
        free(block);
    }
    return 0;
}
